"""Walking through collections: what is found in them, and what they are made of again."""

from __future__ import annotations

import collections
import dataclasses
import threading
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel, ConfigDict

from prefect.utilities.annotations import allow_failure, quote
from prefect.utilities.collections import StopVisiting, visit_collection


class Found:
    """What a test looks for, and has replaced by a 2."""


FOUND: Any = Found()


def replaced(value: Any) -> Any:
    return visit_collection(value, lambda item: 2 if isinstance(item, Found) else item, return_data=True)


class Pair(NamedTuple):
    left: Any
    right: Any


class Guest(NamedTuple):
    name: Any

    def greeting(self) -> str:
        return f"Dear {self.name}"


class Labelled(dict[str, Any]):
    def __init__(self, label: str, **items: Any) -> None:
        super().__init__(**items)
        self.label = label


class Stack(list[Any]):
    def __init__(self, name: str, items: list[Any]) -> None:
        super().__init__(items)
        self.name = name


class Point(tuple[Any, ...]):
    def __new__(cls, x: Any, y: Any) -> Point:
        return super().__new__(cls, (x, y))


class Tags(frozenset[Any]):
    def __new__(cls, *tags: Any) -> Tags:
        return super().__new__(cls, tags)


@dataclasses.dataclass
class Box:
    content: Any
    made: int = dataclasses.field(default=0, init=False)
    given: dataclasses.InitVar[int] = 0

    def __post_init__(self, given: int) -> None:
        self.made += 1


@dataclasses.dataclass(frozen=True)
class Sealed:
    content: Any


class Model(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True, extra="allow")

    content: Any


def same(left: Any, right: Any) -> bool:
    return type(left) is type(right) and left == right


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([FOUND, [FOUND]], [2, [2]]),
        ((FOUND, (FOUND,)), (2, (2,))),
        ({FOUND}, {2}),
        (frozenset({FOUND}), frozenset({2})),
        ({"k": FOUND, FOUND: "v"}, {"k": 2, 2: "v"}),
        (collections.OrderedDict(b=FOUND, a=1), collections.OrderedDict(b=2, a=1)),
        (collections.Counter(q=FOUND), collections.Counter(q=2)),
        (collections.deque([1, FOUND], maxlen=2), collections.deque([1, 2], maxlen=2)),
        (Pair(FOUND, 3), Pair(2, 3)),
        (Guest(FOUND), Guest(2)),
        (Point(FOUND, 1), Point(2, 1)),
        (Tags(FOUND, 1), Tags(2, 1)),
        (Sealed(FOUND), Sealed(2)),
        (Model.model_validate({"content": FOUND, "m": [FOUND]}), Model.model_validate({"content": 2, "m": [2]})),
        (allow_failure([FOUND]), allow_failure([2])),
    ],
)
def test_a_collection_is_made_again_as_what_it_was(value: Any, expected: Any) -> None:
    assert same(replaced(value), expected)


def test_what_a_kind_keeps_beside_its_items_is_kept() -> None:
    default = replaced(collections.defaultdict(list, {"q": [FOUND]}))
    labelled, stack, box = replaced(Labelled("l", a=FOUND)), replaced(Stack("s", [FOUND])), replaced(Box([FOUND]))

    assert (default, default.default_factory) == ({"q": [2]}, list)
    assert (labelled, labelled.label, type(labelled)) == ({"a": 2}, "l", Labelled)
    assert (stack, stack.name, type(stack)) == ([2], "s", Stack)
    assert (box.content, box.made) == ([2], 1)


@pytest.mark.parametrize("value", [[1, [2]], {"a": (1,)}, Box([1]), Model(content={1}), Stack("s", [1])])
def test_what_holds_nothing_new_stays_the_same_object(value: Any) -> None:
    assert replaced(value) is value


def test_a_copy_is_made_only_of_what_changes() -> None:
    lock = threading.Lock()
    value = {"new": [FOUND], "old": [lock]}

    assert replaced(value)["old"] is value["old"]
    assert isinstance(value["new"][0], Found)


def test_no_nesting_is_too_deep() -> None:
    deep: list[Any] = [FOUND]
    for _ in range(20_000):
        deep = [deep]
    found = replaced(deep)

    for _ in range(20_000):
        (found,) = found
    assert found == [2]


def test_a_collection_that_holds_itself_is_entered_once() -> None:
    value: list[Any] = [1]
    value.append(value)

    assert replaced(value) is value


def test_what_is_quoted_or_deeper_than_the_bound_is_not_entered() -> None:
    seen: list[Any] = []

    def see(item: Any) -> Any:
        seen.append(item)
        return item

    visit_collection([1, quote([2]), [3, [4]]], see, max_depth=2)

    assert [item for item in seen if isinstance(item, int)] == [1, 3]


def test_what_stops_the_visit_is_left_as_it_is_and_not_entered() -> None:
    seen: list[Any] = []

    def visit(value: Any) -> Any:
        seen.append(value)
        if value == [2, 3]:
            raise StopVisiting
        return value + 1 if isinstance(value, int) else value

    assert visit_collection([1, [2, 3], [4]], visit, return_data=True) == [2, [2, 3], [5]]
    assert seen == [[1, [2, 3], [4]], 1, [2, 3], [4], 4]
    assert visit_collection([2, 3], visit, return_data=True) == [2, 3]


def test_a_context_goes_down_into_collections_and_tells_the_annotation_around_a_value() -> None:
    told = {}

    def visit(value: Any, context: dict[str, Any]) -> Any:
        if isinstance(value, (int, str)):
            told[value] = (context["depth"], context.get("annotation"))
        context["depth"] += 1
        return value

    visit_collection(["a", [1], allow_failure(2)], visit, context={"depth": 0})

    assert (told["a"], told[1], told[2]) == ((1, None), (2, None), (2, allow_failure(2)))


def test_what_is_in_annotations_is_given_without_them_where_that_is_asked_for() -> None:
    annotated = [allow_failure([1, quote([2])]), {"a": quote(3)}]

    assert visit_collection(annotated, lambda value: value, return_data=True, remove_annotations=True) == [
        [1, [2]],
        {"a": 3},
    ]
    assert visit_collection(annotated, lambda value: value, return_data=True) == annotated
