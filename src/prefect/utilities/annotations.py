"""Marks around an argument that say how the engine treats it."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

T = TypeVar("T")


class BaseAnnotation(Generic[T]):
    """A value with a mark around it."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value

    def unwrap(self) -> T:
        return self.value

    def rewrap(self, value: Any) -> BaseAnnotation[Any]:
        """The same mark around another value."""
        return type(self)(value)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.value == other.value

    def __hash__(self) -> int:
        return hash((type(self), id(self.value)))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.value!r})"


class unmapped(BaseAnnotation[T]):  # the public name
    """`map` gives the value as it is to every run."""

    __slots__ = ()

    def __getitem__(self, _: object) -> T:
        return self.value


class allow_failure(BaseAnnotation[T]):  # the public name
    """The run is started even if this upstream run failed; it is given the exception."""

    __slots__ = ()


class quote(BaseAnnotation[T]):  # the public name
    """The value is passed on as it is: nothing is looked for inside."""

    __slots__ = ()

    def unquote(self) -> T:
        return self.value


class Quote(quote[T]):
    """The older spelling of `quote`."""

    __slots__ = ()


class opaque(BaseAnnotation[T]):  # the public name
    """The future is resolved, but nothing is looked for inside of its result."""

    __slots__ = ()


class freeze(BaseAnnotation[T]):  # the public name
    """The value is a parameter that is not to be changed."""

    __slots__ = ()

    def unfreeze(self) -> T:
        return self.value


class NotSet:
    """Stands for an argument that was not given, where None means something."""


__all__ = ["BaseAnnotation", "NotSet", "Quote", "allow_failure", "freeze", "opaque", "quote", "unmapped"]
