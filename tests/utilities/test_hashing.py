"""Hashes of values: the same for the same values in every process, others for others."""

from __future__ import annotations

import collections
import dataclasses
import functools
import os
import subprocess
import sys
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel, SecretStr

from prefect.exceptions import HashError
from prefect.utilities.hashing import hash_objects


@dataclasses.dataclass
class Cat:
    name: Any = None
    tags: Any = None


@dataclasses.dataclass
class Dog:
    name: Any = None
    tags: Any = None


class Cage(BaseModel):
    inside: Any = None


class Box(BaseModel):
    inside: Any = None


class Account(BaseModel):
    password: SecretStr


class Plain:
    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)


class Point(NamedTuple):
    x: int


class Labelled(dict[str, Any]):
    label = ""


def labelled(label: str) -> Labelled:
    made = Labelled(a=1)
    made.label = label
    return made


VALUES = "abcdefgh"


def everything_with_sets() -> list[Any]:
    letters = set(VALUES)
    return [
        letters,
        frozenset(letters),
        {"in a dict": [letters, Decimal("1.5"), Path("a")]},
        Cat("a", letters),
        Cage(inside={"deep": Cat(tags=letters)}),
        Plain(letters=letters),
        {Point(1), Point(2), (1, "x")},
        collections.defaultdict(set, a=letters),
        Account(password=SecretStr("s")),
    ]


def test_the_same_values_have_the_same_hash_in_every_process() -> None:
    program = (
        "from tests.utilities.test_hashing import *; "
        "print([hash_objects(value, raise_on_failure=True) for value in everything_with_sets()])"
    )
    told = {
        subprocess.check_output(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[2],
            text=True,
        )
        for seed in ("1", "2")
    }

    assert told == {f"{[hash_objects(value) for value in everything_with_sets()]}\n"}


def test_the_order_of_a_dict_says_nothing() -> None:
    assert hash_objects({"a": 1, "b": 2}) == hash_objects({"b": 2, "a": 1})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Cat("Tom"), Dog("Tom")),
        (Cat("Tom"), {"name": "Tom", "tags": None}),
        (Cage(inside=1), Box(inside=1)),
        (Account(password=SecretStr("a")), Account(password=SecretStr("b"))),
        (Plain(a=1), Plain(a=2)),
        (Plain(a={1}), Plain(a={2})),
        (Point(1), [1]),
        ({1, 2}, [1, 2]),
        (labelled("a"), labelled("b")),
        (float("nan"), None),
        (Plain(a=float("nan")), Plain(a=None)),
        ({float("inf")}, {float("-inf")}),
        ([{"deep": float("inf")}], [{"deep": None}]),
        (len, max),
        (lambda: 1, lambda: 2),
        (Cat, Dog),
        (functools.partial(max, 1), functools.partial(max, 2)),
        (b"a", "a"),
        (1, True),
        (2**70, 2**71),
        ("\ud800", "\ud801"),
    ],
)  # fmt: skip
def test_other_values_have_another_hash(one: Any, other: Any) -> None:
    hashes = [hash_objects(value, raise_on_failure=True) for value in (one, other)]

    assert hashes[0] != hashes[1]


def test_an_object_that_holds_itself_has_a_hash() -> None:
    itself = Plain()
    itself.__dict__["me"] = itself

    assert hash_objects(itself) is not None


class Closed:
    def __getstate__(self) -> Any:
        raise TypeError("not me")


@pytest.mark.parametrize("value", [threading.Lock(), Closed(), Plain(lock=threading.Lock()), {"k": [Cat(Closed())]}])
def test_what_cannot_be_pickled_has_no_hash_and_is_named(value: Any) -> None:
    assert hash_objects(value) is None
    with pytest.raises(HashError, match=r"a (lock|Closed) cannot be pickled"):
        hash_objects(value, raise_on_failure=True)
