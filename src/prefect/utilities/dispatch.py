"""Classes that are found by a key: a base class has a registry, and each class below it a place there.

The key of a class is its attribute `__dispatch_key__`, or what that gives if it is a method of the class.
"""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T", bound=type)
_registries: dict[type, dict[str, type]] = {}


def get_dispatch_key(cls_or_instance: Any, allow_missing: bool = False) -> str | None:
    """The key of a class. Raises `ValueError` where it has none, unless that is allowed."""
    cls = cls_or_instance if isinstance(cls_or_instance, type) else type(cls_or_instance)
    key = getattr(cls, "__dispatch_key__", None)
    key = key() if callable(key) else key
    if key is None and not allow_missing:
        raise ValueError(f"The type {cls.__name__!r} has no `__dispatch_key__`, by which it is found.")
    if key is not None and not isinstance(key, str):
        raise TypeError(f"The type {cls.__name__!r} has the `__dispatch_key__` {key!r}; it should be a text.")
    return key


def register_base_type(cls: T) -> T:
    """Give a base class a registry; each class that is made below it from then on is registered."""
    registry = _registries.setdefault(cls, {})
    key = get_dispatch_key(cls, allow_missing=True)
    if key is not None:
        registry[key] = cls
    before = cls.__init_subclass__

    def registered(subclass: Any, /, **kwargs: Any) -> None:
        own = getattr(before, "__func__", None)
        own(subclass, **kwargs) if own is not None else before(**kwargs)
        register_type(subclass)

    cls.__init_subclass__ = classmethod(registered)  # type: ignore[assignment]  # it is bound to each class below
    return cls


def keep_registry(cls: type, registry: dict[str, type]) -> None:
    """Have a base class find the classes below it in a registry that somebody else fills."""
    _registries[cls] = registry


def register_type(cls: T) -> T:
    """Give a class its place in the registry of its base class. Raises `ValueError` where none has a registry."""
    registry = get_registry_for_type(cls)
    if registry is None:
        raise ValueError(f"No base class of {cls.__name__!r} has a registry; put @register_base_type on one.")
    key = get_dispatch_key(cls, allow_missing=True)
    if key is not None:
        registry[key] = cls
    return cls


def get_registry_for_type(cls: type) -> dict[str, type] | None:
    """The registry of a class, or of the nearest base class that has one."""
    return next((_registries[base] for base in cls.__mro__ if base in _registries), None)


def lookup_type(cls: type, dispatch_key: str) -> Any:
    """The class of a key. Raises `KeyError`."""
    registry = get_registry_for_type(cls)
    if not registry or dispatch_key not in registry:
        raise KeyError(f"No class found for dispatch key {dispatch_key!r} in registry for type {cls.__name__!r}.")
    return registry[dispatch_key]
