"""Walking through nested collections: lists, tuples, sets, dicts, dataclasses and pydantic models, and kinds of them.

The walk keeps its own stack, so that no nesting is too deep for it. Below it stand the small tools for dicts and
iterables that programs import from here.
"""

from __future__ import annotations

import copy
import dataclasses
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from enum import Enum, auto
from functools import reduce
from io import IOBase
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from prefect.utilities.annotations import BaseAnnotation, quote

T = TypeVar("T")
LEAVES = (str, bytes, int, float, complex, bool, type(None))
MADE_OF_ITEMS = (list, tuple, set, frozenset)


class StopVisiting(BaseException):
    """Raised by what visits: the value is left as it is, and what is inside of it is not visited."""


class Opened(NamedTuple):
    """What is inside of a collection, and how the same collection is made of other parts."""

    parts: list[Any]
    made_of: Callable[[list[Any]], Any]


class Frame(NamedTuple):
    """A collection that the walk is in: what is left to visit, and what has become of the rest."""

    expr: Any
    opened: Opened
    left: Iterator[Any]
    done: list[Any]
    depth: int
    visit: Callable[[Any], Any]

    def closed(self) -> Any:
        """The collection with what has become of its parts; the same object where none changed."""
        is_same = all(new is old for new, old in zip(self.done, self.opened.parts))
        return self.expr if is_same else self.opened.made_of(self.done)


def visit_collection(
    expr: Any,
    visit_fn: Callable[..., Any],
    return_data: bool = False,
    max_depth: int = -1,
    context: dict[str, Any] | None = None,
    remove_annotations: bool = False,
) -> Any:
    """Call `visit_fn` on a value and on everything inside of it.

    With `return_data`, the structure with each value replaced by what `visit_fn` gave for it; parts in which nothing
    changed stay the same objects. What is replaced, quoted or seen already is not entered, nor that of which `visit_fn`
    raises `StopVisiting`; `max_depth` -1: no bound. With a `context`, `visit_fn` is given a dict with each value: what
    was put into the one of a collection is in those of its parts, and the annotation around a value is "annotation".
    `remove_annotations` gives what is in annotations without them.
    """
    walked = _walked(expr, visit_fn if context is None else Telling(visit_fn, context), max_depth)
    walked = _without_annotations(walked) if remove_annotations else walked
    return walked if return_data else None


def _without_annotations(expr: Any) -> Any:
    return _walked(
        expr, lambda part: _without_annotations(part.value) if isinstance(part, BaseAnnotation) else part, -1
    )


class Telling:
    """Calls what visits with a context of each value."""

    def __init__(self, visit_fn: Callable[[Any, dict[str, Any]], Any], context: dict[str, Any]) -> None:
        self._visit_fn, self._context = visit_fn, context

    def __call__(self, part: Any) -> Any:
        self._last = dict(self._context)
        return self._visit_fn(part, self._last)

    def inside(self, part: Any) -> Telling:
        """What visits the parts of the part that was visited last."""
        further = {"annotation": part} if isinstance(part, BaseAnnotation) else {}
        return Telling(self._visit_fn, {**self._last, **further})


Visit = Callable[[Any], Any]


def _walked(root: Any, visit: Visit, depth: int) -> Any:
    try:
        visited = visit(root)
    except StopVisiting:
        return root
    opened = opened_up(root) if visited is root and depth != 0 else None
    if opened is None:
        return visited
    inside, stack = {id(root)}, [_frame(root, opened, depth, visit)]
    while True:
        frame = stack[-1]
        entered = _next_to_enter(frame, inside)
        if entered is not None:
            inside.add(id(entered.expr))
            stack.append(entered)
            continue
        stack.pop()
        inside.discard(id(frame.expr))
        if not stack:
            return frame.closed()
        stack[-1].done.append(frame.closed())


def _frame(expr: Any, opened: Opened, depth: int, visit: Visit) -> Frame:
    inner = visit.inside(expr) if isinstance(visit, Telling) else visit
    return Frame(expr, opened, iter(opened.parts), [], depth, inner)


def _next_to_enter(frame: Frame, inside: set[int]) -> Frame | None:
    """Visit the parts up to the next one that is to be entered; None where there is none left."""
    done, depth, visit = frame.done, frame.depth - 1, frame.visit
    for part in frame.left:
        try:
            visited = visit(part)
        except StopVisiting:
            done.append(part)
            continue
        if visited is part and not isinstance(part, LEAVES) and depth != 0 and id(part) not in inside:
            opened = opened_up(part)
            if opened is not None:
                return _frame(part, opened, depth, visit)
        done.append(visited)
    return None


def opened_up(expr: Any) -> Opened | None:
    """What is inside of a value; None for what is no collection, or quoted."""
    if isinstance(expr, (*LEAVES, quote)):
        return None
    if type(expr) in MADE_OF_ITEMS:
        return Opened(list(expr), type(expr))
    if dataclasses.is_dataclass(expr) and not isinstance(expr, type):
        return _fields_of(expr)
    if hasattr(type(expr), "__pydantic_fields__"):
        return _model_fields_of(expr)
    if isinstance(expr, dict):
        return Opened([part for pair in expr.items() for part in pair], lambda parts: _dict_of(expr, parts))
    if isinstance(expr, (*MADE_OF_ITEMS, deque)):
        return Opened(list(expr), lambda parts: _items_of(expr, parts))
    if isinstance(expr, BaseAnnotation):
        return Opened([expr.value], lambda parts: expr.rewrap(parts[0]))
    return None


def _fields_of(expr: Any) -> Opened:
    names = [field.name for field in dataclasses.fields(expr) if hasattr(expr, field.name)]
    held = [getattr(expr, name) for name in names]

    def made_of(parts: list[Any]) -> Any:
        made = copy.copy(expr)
        for name, old, new in zip(names, held, parts):
            if new is not old:
                object.__setattr__(made, name, new)
        return made

    return Opened(held, made_of)


def _model_fields_of(expr: Any) -> Opened:
    held = {name: getattr(expr, name) for name in type(expr).model_fields} | (expr.model_extra or {})

    def made_of(parts: list[Any]) -> Any:
        changed = {name: new for (name, old), new in zip(held.items(), parts) if new is not old}
        return expr.model_copy(update=changed)

    return Opened(list(held.values()), made_of)


def _dict_of(expr: Any, parts: list[Any]) -> Any:
    """A dict of the same kind, whatever its own `__init__` takes."""
    if type(expr) is dict:
        return dict(zip(parts[::2], parts[1::2]))
    made = copy.copy(expr)
    made.clear()
    for key, value in zip(parts[::2], parts[1::2]):
        made[key] = value
    return made


def _items_of(expr: Any, parts: list[Any]) -> Any:
    """A list, tuple, set or deque of the same kind, whatever its own `__init__` takes."""
    if isinstance(expr, (tuple, frozenset)):
        made: Any = (
            tuple.__new__(type(expr), parts) if isinstance(expr, tuple) else frozenset.__new__(type(expr), parts)
        )
        getattr(made, "__dict__", {}).update(getattr(expr, "__dict__", {}))
        return made
    made = copy.copy(expr)
    made.clear()
    (made.update if isinstance(expr, set) else made.extend)(parts)
    return made


class AutoEnum(str, Enum):
    """An enum of texts whose members are named by `AutoEnum.auto()`: the value is the name."""

    @staticmethod
    def _generate_next_value_(name: str, *_: Any) -> str:
        return name

    @staticmethod
    def auto() -> Any:
        """The value of a member: its own name."""
        return auto()

    def __repr__(self) -> str:
        return f"{type(self).__name__}.{self.value}"


def deep_merge(dct: dict[str, Any], merge: dict[str, Any]) -> dict[str, Any]:
    """A dict with another one's values in it; where both hold a dict, these are merged."""
    merged = dict(dct)
    for key, value in merge.items():
        old = merged.get(key)
        merged[key] = deep_merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def deep_merge_dicts(*dicts: dict[str, Any]) -> dict[str, Any]:
    """All dicts merged as `deep_merge` does, the later ones over the earlier."""
    return reduce(deep_merge, dicts, {})


def get_from_dict(dct: Any, keys: str | list[str | int], default: Any = None) -> Any:
    """What stands at a path such as `a.b[1]` or `["a", "b", 1]`; the default where there is nothing."""
    path = [int(part) if part.isdigit() else part for part in _parts(keys)] if isinstance(keys, str) else keys
    try:
        return reduce(lambda held, key: held[key], path, dct)
    except (TypeError, KeyError, IndexError):
        return default


def set_in_dict(dct: dict[str, Any], keys: str | list[str], value: Any) -> None:
    """Put a value at a path such as `a.b`, making the dicts on the way. Raises `TypeError` where something else is."""
    *way, last = _parts(keys) if isinstance(keys, str) else keys
    for key in way:
        if not isinstance(dct.setdefault(key, {}), dict):
            raise TypeError(f"There is no dict at {key!r} of the path {keys!r}.")
        dct = dct[key]
    dct[last] = value


def _parts(path: str) -> list[str]:
    return path.replace("[", ".").replace("]", "").split(".")


def dict_to_flatdict(dct: dict[Any, Any]) -> dict[tuple[Any, ...], Any]:
    """The values inside of nested dicts by the tuples of their keys; an empty dict is a value."""
    flat: dict[tuple[Any, ...], Any] = {}
    for key, value in dct.items():
        inner = dict_to_flatdict(value) if isinstance(value, dict) and value else {(): value}
        flat.update({(key, *rest): held for rest, held in inner.items()})
    return flat


def flatdict_to_dict(dct: dict[tuple[Any, ...], Any]) -> dict[Any, Any]:
    """What `dict_to_flatdict` made flat, nested again."""
    nested: dict[Any, Any] = {}
    for path, value in dct.items():
        set_in_dict(nested, list(path), value)
    return nested


def isiterable(obj: Any) -> bool:
    """Whether something can be iterated over and is no text, bytes or open file."""
    return isinstance(obj, Iterable) and not isinstance(obj, (str, bytes, IOBase))


def ensure_iterable(obj: Any) -> Any:
    """The value if it is a text or can be iterated over, else a list of it."""
    return obj if isinstance(obj, Iterable) else [obj]


def extract_instances(objects: Iterable[Any], types: Any = object) -> Any:
    """The objects of a type as a list; with several types, a dict of such lists."""
    kinds = types if isinstance(types, tuple) else (types,)
    found: dict[type, list[Any]] = {}
    for one in objects:
        kind = next((kind for kind in kinds if isinstance(one, kind)), None)
        if kind is not None:
            found.setdefault(kind, []).append(one)
    return found if len(kinds) > 1 else found.get(kinds[0], [])


def batched_iterable(iterable: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """The items in tuples of so many; the last may be shorter."""
    items = iter(iterable)
    while batch := tuple(islice(items, size)):
        yield batch


def remove_nested_keys(keys_to_remove: Collection[Any], obj: Any) -> Any:
    """A dict without some keys, in the dicts that are its values, too."""
    if not isinstance(obj, dict):
        return obj
    return {key: remove_nested_keys(keys_to_remove, value) for key, value in obj.items() if key not in keys_to_remove}


def distinct(iterable: Iterable[T], key: Callable[[T], Any] | None = None) -> Iterator[T]:
    """Each item once, in order; `key` says by what items are the same."""
    seen = set()
    for item in iterable:
        mark = item if key is None else key(item)
        if mark not in seen:
            seen.add(mark)
            yield item


def listrepr(objs: Iterable[Any], sep: str = " ") -> str:
    """The representations of objects, joined."""
    return sep.join(map(repr, objs))
