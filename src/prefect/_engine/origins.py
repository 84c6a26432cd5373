"""Which run of a flow made an object, so that whoever is given the object later is known to depend on that run."""

from __future__ import annotations

import sys
import weakref
from collections import OrderedDict, deque
from collections.abc import Iterable
from itertools import islice
from threading import Lock
from typing import Any
from uuid import UUID

Source = dict[str, str]

UNTRACKABLE = (bool, int, float, complex, str, bytes, type(None), type(...), type(NotImplemented))
"""Types whose values are shared, so that identity says nothing about where one came from."""

MOST_OBJECTS = 1000
"""How many of its tasks' latest results a flow run remembers."""
MOST_HELD = 256
"""How many of them it may have to hold itself."""
LOOKED_AT = 16
"""How many of those are let go with each further one, if nobody else holds them any more."""
MOST_PARTS = 100
"""How many parts of a result are remembered beside it."""


class Held:
    """An object that knows no weak references; `keeper` is told of while it lives, and holds the object, too."""

    __slots__ = ("keeper", "value")

    def __init__(self, value: Any, keeper: weakref.ref[Any] | None = None) -> None:
        self.value = value
        self.keeper = keeper

    def __call__(self) -> Any:
        return self.value

    def is_held_elsewhere(self, besides: int = 0) -> bool:
        """Whether anybody else holds the object, `besides` so many that are about to let it go."""
        return sys.getrefcount(self.value) > ALONE + besides


ALONE = 0
ALONE = next(count for held in [Held(object())] if (count := sys.getrefcount(held.value)))
"""What the count says of an object that only a `Held` holds; Python's versions count differently."""


class Origins:
    """The latest objects that runs made. An object is not kept alive for this: it goes when nobody else holds it.

    What knows no weak references, such as a list, is looked at again when the record of the result goes, and from time
    to time.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[int, tuple[Any, Source]] = OrderedDict()
        self._held: deque[int] = deque()
        self._change = Lock()

    def remember(self, value: Any, run_id: UUID, keeper: Any = None, *, kind: str = "task_run") -> None:
        """Remember that a run made this very object, and what is in it; `keeper` is the record that holds it."""
        if self._held:
            with self._change:
                self._let_go()
        if _is_shared(value):
            return
        source = {"input_type": kind, "id": str(run_id)}
        with self._change:
            for part in islice(_parts_of(value), MOST_PARTS):
                if not _is_shared(part):
                    self._note(part, source)
            self._note(value, source, keeper)

    def of(self, value: Any) -> Source | None:
        """The run that made this very object, if it is remembered."""
        known = self._known.get(id(value))
        return known[1] if known is not None and known[0]() is value else None

    def __len__(self) -> int:
        return len(self._known)

    def _note(self, value: Any, source: Source, keeper: Any = None) -> None:
        key, known = id(value), self._known
        earlier = known.get(key)
        if earlier is not None and earlier[0]() is value:
            known[key] = (earlier[0], source)
            return
        try:
            known[key] = (weakref.ref(value, lambda _: known.pop(key, None)), source)
        except TypeError:
            watched = None if keeper is None else weakref.ref(keeper, lambda _: self._keeper_goes(key))
            known[key] = (Held(value, watched), source)
            self._held.append(key)
        if len(known) > MOST_OBJECTS:
            known.popitem(last=False)

    def _keeper_goes(self, key: int) -> None:
        """Forget what the record of a result held that goes now, and what is in it, where nobody else holds it.

        This is called whenever and wherever the record goes, so that it may not wait for others.
        """
        held = self._known.get(key, (None,))[0]
        if not isinstance(held, Held) or held.is_held_elsewhere(besides=1):
            return
        for part in islice(_parts_of(held.value), MOST_PARTS):
            inner = self._known.get(id(part), (None,))[0]
            if isinstance(inner, Held) and inner.value is part and not inner.is_held_elsewhere(besides=2):
                self._known.pop(id(part), None)
        self._known.pop(key, None)

    def _let_go(self) -> None:
        """Forget some of the objects that nobody else holds, and the oldest of those that are too many."""
        for _ in range(min(LOOKED_AT, len(self._held))):
            key = self._held.popleft()
            if self._is_needed(key):
                self._held.append(key)
        while len(self._held) > MOST_HELD:
            self._known.pop(self._held.popleft(), None)

    def _is_needed(self, key: int) -> bool:
        known = self._known.get(key)
        if known is None or not isinstance(known[0], Held):
            return False
        if known[0].is_held_elsewhere():
            return True
        del self._known[key]
        return False


def _is_shared(value: Any) -> bool:
    return isinstance(value, UNTRACKABLE) or (isinstance(value, (tuple, frozenset)) and not value)


def _parts_of(value: Any) -> Iterable[Any]:
    """What a caller may unpack."""
    if isinstance(value, (list, tuple)):
        return value
    return value.values() if type(value) is dict else ()
