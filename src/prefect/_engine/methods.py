"""What flows and tasks share beside their runs: being methods, travelling as pickles, and having other options.

As methods they are bound to an instance or a class, which is then the first argument of every call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from prefect._engine.functions import importable
from prefect.utilities.annotations import quote
from prefect.utilities.older_names import ATTRIBUTES

if TYPE_CHECKING:
    from typing_extensions import Self


class Bindable:
    """What stands in a class as a function does.

    The instance is an input like every other: a cache policy sees it, and so do names and whoever reads the parameters.
    """

    fn: Callable[..., Any]
    options: Any
    _receiver: tuple[quote[Any], ...] = ()
    """The instance or class that it is bound to, if any; quoted, for a method is given its own and never a copy."""
    _unbound: Self | None = None

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """Bind it to an instance or class, as a method."""
        match self.fn:
            case staticmethod():
                return self._bound(self.fn.__func__)
            case classmethod():
                return self._bound(self.fn.__func__, type(instance) if owner is None else owner)
        if instance is None or self._receiver or not hasattr(self.fn, "__get__"):
            return self
        return self._bound(self.fn, instance)

    if not TYPE_CHECKING:  # for a type checker there is nothing beside what is declared

        def __getattr__(self, name: str) -> Any:
            """Whatever is asked for that there is not: an `AttributeError`, which says what to write instead."""
            kind = type(self).__name__
            told = f"{kind!r} object has no attribute {name!r}"
            if name in ATTRIBUTES:
                told = f"The {kind.lower()} {self.__dict__.get('name')!r} has no {name!r}. {ATTRIBUTES[name]}"
            raise AttributeError(told, name=name, obj=self)

    def _with(self, options: Mapping[str, Any], hooked: Iterable[str]) -> Any:
        """Its options with some of others, but for None; its hooks are those that it has by now."""
        given = {name: value for name, value in options.items() if value is not None}
        hooks = {f"on_{when}": list(getattr(self, f"on_{when}_hooks")) for when in hooked}
        return {**self.options, **hooks, **given}

    def _bound(self, fn: Callable[..., Any], *receiver: Any) -> Self:
        quoted = tuple(map(quote, receiver))
        bound = object.__new__(type(self))
        bound.__dict__.update(self.__dict__, fn=fn, _receiver=quoted, _unbound=self)
        return bound

    def __reduce_ex__(self, protocol: Any) -> Any:
        return importable(self, self.fn) or self._as_attribute() or super().__reduce_ex__(protocol)

    def _as_attribute(self) -> tuple[Any, ...] | None:
        """How a bound one is pickled: as the attribute of its instance or class, where it is found there again."""
        if self._unbound is None or not self._receiver:
            return None
        receiver, name = self._receiver[0].value, self.fn.__name__
        found = getattr(receiver, name, None)
        return (getattr, (receiver, name)) if getattr(found, "_unbound", None) is self._unbound else None
