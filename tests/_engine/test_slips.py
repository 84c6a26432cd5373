"""What is added to Python's own errors where a future, a coroutine, a state or a task is taken for its value."""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from prefect import flow, task
from prefect.settings import temporary_settings


@task
def one() -> int:
    return 1


@task
async def one_awaited() -> int:
    return 1


def notes_of(fn: Callable[[], Any]) -> list[str]:
    """What is added to the error that a flow of that function raises."""
    with pytest.raises((TypeError, AttributeError, KeyError)) as caught:
        flow(fn)()
    return list(getattr(caught.value, "__notes__", ()))


ANY: Any = one
ANY_AWAITED: Any = one_awaited
"""The tasks, as somebody sees them who checks no types."""


@pytest.mark.skipif(sys.version_info < (3, 11), reason="errors have no notes before Python 3.11")
@pytest.mark.parametrize(
    ("slip", "hint"),
    [
        (lambda: ANY.submit() + 1, "`future.result()` gives the value"),
        (lambda: sum([ANY.submit()]), "`future.result()` gives the value"),
        (lambda: ANY.submit().upper(), "`future.result()` gives the value"),
        (lambda: ANY.submit()["a"], "`future.result()` gives the value"),
        (lambda: list(ANY.submit()), "`future.result()` gives the value"),
        (lambda: ANY(return_state=True) + 1, "`state.result()` gives the value"),
        (lambda: ANY + 1, "call it, `my_task()`"),
    ],
)
def test_who_takes_something_for_its_value_is_told_the_way_out(slip: Callable[[], Any], hint: str) -> None:
    (note,) = notes_of(slip)

    assert hint in note


@pytest.mark.skipif(sys.version_info < (3, 11), reason="errors have no notes before Python 3.11")
@pytest.mark.filterwarnings("ignore:coroutine 'one_awaited' was never awaited:RuntimeWarning")
def test_who_forgets_to_await_is_told_so() -> None:
    (note,) = notes_of(lambda: ANY_AWAITED() + 1)

    assert "`await my_task()`" in note


def test_other_errors_are_left_as_they_are() -> None:
    nothing: Any = {}

    assert notes_of(lambda: nothing["a"]) == []
    assert notes_of(lambda: nothing + 1) == []


@task
def inner() -> None:
    raise KeyError("price")


@flow
def outer() -> None:
    inner()


def files_of(error: BaseException) -> list[str]:
    """The functions of a traceback, each with its file's name."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename.rpartition('/')[2]}:{frame.name}" for frame in frames]


def test_a_traceback_has_the_users_frames_and_one_of_ours() -> None:
    with pytest.raises(KeyError) as caught:
        outer()

    here = "test_slips.py"
    assert files_of(caught.value) == [
        f"{here}:test_a_traceback_has_the_users_frames_and_one_of_ours",
        "flows.py:__call__",
        f"{here}:outer",
        f"{here}:inner",
    ]


@task
async def inner_awaited() -> None:
    raise KeyError("price")


@flow
async def outer_awaited() -> None:
    await inner_awaited()


def test_so_has_one_of_async_code() -> None:
    with pytest.raises(KeyError) as caught:
        asyncio.run(outer_awaited())

    here = "test_slips.py"
    told = [line for line in files_of(caught.value) if line.startswith((here, "flows.py", "tasks.py"))]
    assert told == [
        f"{here}:test_so_has_one_of_async_code",
        "flows.py:_call_async",
        f"{here}:outer_awaited",
        f"{here}:inner_awaited",
    ]


def test_in_debug_mode_it_has_all_of_them() -> None:
    with temporary_settings({"PREFECT_DEBUG_MODE": True}), pytest.raises(KeyError) as caught:
        outer()

    assert "tasks.py:__call__" in files_of(caught.value)
    assert len(files_of(caught.value)) > 8
