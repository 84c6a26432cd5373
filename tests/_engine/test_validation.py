"""What the schema of a flow's parameters says of each kind of type."""

# ruff: noqa: B008  # as users write defaults

from __future__ import annotations

import dataclasses
import enum
import inspect
from datetime import timedelta
from typing import Annotated, Any, Literal, Optional

import pytest
from pydantic import BaseModel, Field
from typing_extensions import NotRequired, TypedDict

from prefect import flow
from prefect._engine.validation import ParameterModel, are_plain
from prefect._orchestration.faults import faults_in
from prefect.exceptions import ParameterTypeError


class Colour(enum.Enum):
    RED = "r"
    BLUE = "b"


class Order(BaseModel):
    """What is ordered."""

    count: int = Field(1, gt=0)
    colour: Colour = Colour.RED
    parts: list[Order] = []


@dataclasses.dataclass
class Point:
    x: int
    y: int = 0


class Address(TypedDict):
    city: str
    street: NotRequired[str]


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"]


Pet = Annotated[Cat | Dog, Field(discriminator="kind")]


@flow
def takes_all_kinds(
    colour: Colour = Colour.RED,
    order: Order = Order(count=1),
    maybe: Optional[Order] = None,  # noqa: UP045  # as users write it
    orders: list[Order] = [],  # noqa: B006
    by_name: dict[str, Order] = {},  # noqa: B006
    point: Point = Point(1),
    address: Address = {"city": "Bern"},  # noqa: B006
    pet: Pet = Dog(kind="dog"),
    later: NotYet = None,  # type: ignore[assignment]  # evaluated when it is asked for
    *more: Colour,
    wait: timedelta = timedelta(minutes=5),
    small: int = Field(3, lt=10, description="a small one"),
    made: list[int] = Field(default_factory=list),
    **others: Order,
) -> Any:
    return small, made


class NotYet(BaseModel):
    """Defined below the flow that takes it."""

    number: int


def schema() -> dict[str, Any]:
    return takes_all_kinds.parameters.model_dump()


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("colour", "b", "green"),
        ("order", {"count": 2, "parts": [{"colour": "b"}]}, {"parts": [{"colour": "green"}]}),
        ("maybe", None, {"count": 0}),
        ("orders", [{"count": 3}], [{"count": "many"}]),
        ("by_name", {"a": {"count": 3}}, {"a": {"count": -1}}),
        ("point", {"x": 3}, {"y": 3}),
        ("address", {"city": "Rome"}, {"street": "x"}),
        ("pet", {"kind": "cat", "lives": 3}, {"kind": "fish"}),
        ("later", {"number": 3}, {}),
        ("more", ["r", "b"], ["green"]),
        ("wait", "PT90S", ["PT90S"]),
        ("small", 9, 10),
        ("made", [1], ["x"]),
        ("others", {"a": {"count": 3}}, {"a": {"count": 0}}),
    ],
)
def test_a_schema_takes_what_fits_a_type_and_nothing_else(name: str, right: Any, wrong: Any) -> None:
    assert faults_in({name: right}, schema()) == []
    assert faults_in({name: wrong}, schema()) != []


def test_all_references_of_a_schema_lead_to_its_definitions() -> None:
    told = schema()

    references = [held for name, held in _everything_in(told) if name == "$ref"]
    assert set(references) == {
        f"#/definitions/{name}" for name in ("Colour", "Order", "Point", "Address", "Cat", "Dog", "NotYet")
    }
    assert {f"#/definitions/{name}" for name in told["definitions"]} == set(references)


def test_a_parameter_has_its_name_as_title_its_place_and_its_default() -> None:
    assert schema()["properties"]["colour"] == {
        "$ref": "#/definitions/Colour", "default": "r", "title": "colour", "position": 0,
    }  # fmt: skip


def test_a_default_written_as_a_pydantic_field_is_that_fields_default() -> None:
    @flow
    def small(number: int = Field(3, lt=10, alias="n"), made: list[int] = Field(default_factory=list)) -> Any:
        return number, made

    assert small() == (3, [])
    assert small.parameters.required == []
    with pytest.raises(ParameterTypeError, match="less than 10"):
        small(number=10)


def test_keys_beyond_those_of_a_typed_dict_are_no_fault() -> None:
    @flow
    def takes(address: Address) -> Any:
        return address

    assert takes(**{"address": {"city": "Bern", "zip": 3000}})["city"] == "Bern"


def test_a_docstring_describes_the_parameters() -> None:
    @flow
    def google(city: str, days: int = 3) -> None:
        """Look ahead.

        Args:
            city (str): where,
                by name
            days: how far

        Returns:
            nothing: really
        """

    @flow
    def sphinx(city: str, days: Annotated[int, Field(description="its own")] = 3) -> None:
        """Look ahead.

        :param city: where,
            by name
        :param int days: how far
        :returns: nothing
        """

    told = [
        {name: held.get("description") for name, held in one.parameters.properties.items()} for one in (google, sphinx)
    ]
    assert told == [{"city": "where,\nby name", "days": "how far"}, {"city": "where,\nby name", "days": "its own"}]


def test_a_method_is_described_without_its_instance() -> None:
    class Shop:
        @flow
        def sell(self, colour: Colour) -> None: ...

    assert list(Shop.sell.parameters.properties) == list(Shop().sell.parameters.properties) == ["colour"]
    assert Shop.sell.parameters.required == ["colour"]


def _everything_in(schema: Any) -> Any:
    if isinstance(schema, dict):
        for name, held in schema.items():
            yield name, held
            yield from _everything_in(held)
    elif isinstance(schema, list):
        for held in schema:
            yield from _everything_in(held)


def test_a_type_that_is_nowhere_to_be_found_leaves_the_others_checked() -> None:
    late: Any = list["Nowhere"]  # type: ignore[name-defined]  # noqa: F821  # that is the point

    def hidden(x: int, y: Any) -> Any:
        return x, y

    hidden.__annotations__.update(x=int, y=late)
    checked: Any = flow(hidden)

    assert checked("3", [1]) == (3, [1])
    with pytest.raises(ParameterTypeError, match="x: Input should be a valid integer"):
        checked("three", [1])


def f_plain(a: int, b: str = "x", c: float = 1.0, d: bool = False, e=None) -> None:  # type: ignore[no-untyped-def]  # as users write it
    """As flows are."""


def f_named(a: int, b: str = "x") -> None:
    """Its annotations are texts."""


def f_limited(a: Annotated[int, Field(ge=0)], b: int = Field(default=1, ge=1)) -> None:
    """It says more than types."""


def f_many(*args: int, **kwargs: int) -> None:
    """It takes any number."""


@pytest.mark.parametrize(
    ("fn", "given", "plain"),
    [
        (f_plain, {"a": 1, "b": "t", "c": 0.5, "d": True, "e": object()}, True),
        (f_plain, {"a": True, "b": "t", "c": 0.5, "d": True, "e": None}, False),
        (f_plain, {"a": "1", "b": "t", "c": 0.5, "d": True, "e": None}, False),
        (f_plain, {"a": 1, "b": "t", "c": 1, "d": True, "e": None}, False),
        (f_plain, {"a": 1, "b": "\ud800", "c": 0.5, "d": True, "e": None}, False),
        (f_plain, {"a": 1, "b": "t"}, False),
        (f_plain, {"a": 1, "b": "t", "c": 0.5, "d": True, "e": None, "f": 1}, False),
        (f_named, {"a": 1, "b": "t"}, True),
        (f_limited, {"a": -1, "b": 1}, False),
        (f_many, {"args": (1,), "kwargs": {}}, False),
    ],
)
def test_only_what_a_model_would_leave_as_it_is_needs_none(fn: Any, given: dict[str, Any], plain: bool) -> None:
    signature = inspect.signature(fn)

    assert are_plain(fn, signature, given) is plain
    if plain:
        assert ParameterModel(fn, signature).coerced(given) == given


def test_a_name_that_the_module_gives_another_meaning_is_not_taken_for_pythons() -> None:
    namespace: dict[str, Any] = {"int": list}
    exec("def f(a: 'int'): ...", namespace)

    assert not are_plain(namespace["f"], inspect.signature(namespace["f"]), {"a": 1})
