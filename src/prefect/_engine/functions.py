"""The users' functions that become flows and tasks: what they are, and whether they will do."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Coroutine, Mapping
from types import CoroutineType
from typing import Any, TypeVar

from prefect._engine.inputs import Signature
from prefect.exceptions import ReservedArgumentError

T = TypeVar("T")
RESERVED = frozenset({"return_state", "wait_for"})


def underlying(fn: Any) -> Any:
    """The plain function inside a static or class method."""
    return fn.__func__ if isinstance(fn, (staticmethod, classmethod)) else fn


def require_function(fn: Any, noun: str) -> None:
    """Raise `TypeError` for what is not a function, `ReservedArgumentError` for one with a reserved parameter."""
    if not callable(underlying(fn)):
        named = f" A name is an option, in front of the function: @{noun}(name={fn!r})." if isinstance(fn, str) else ""
        raise TypeError(f"@{noun} goes on a function; it was given {fn!r}.{named}")
    if isinstance(fn, type):
        raise TypeError(f"@{noun} goes on a function; {fn.__name__} is a class. Decorate a method of it instead.")
    reserved = sorted(RESERVED & set(Signature.of(underlying(fn)).names))
    if reserved:
        raise ReservedArgumentError(
            f"{reserved[0]!r} is a reserved argument name and cannot be used in {noun} functions: "
            f"rename that parameter of {getattr(fn, '__name__', fn)!r}."
        )


def description_of(fn: Any) -> str | None:
    """The function's own docstring, without its indentation; never one that a method inherits."""
    text = getattr(fn, "__doc__", None)
    return inspect.cleandoc(text) if text else None


def is_async(fn: Any) -> bool:
    """Whether calling it gives something to await or to iterate over asynchronously."""
    plain = underlying(fn)
    return inspect.iscoroutinefunction(plain) or inspect.isasyncgenfunction(plain)


def is_generator(fn: Any) -> bool:
    plain = underlying(fn)
    return inspect.isgeneratorfunction(plain) or inspect.isasyncgenfunction(plain)


def under_its_name(coroutine: Coroutine[Any, Any, T], fn: Any) -> Coroutine[Any, Any, T]:
    """The coroutine of a call by the name of the user's function: Python tells by it where nobody awaits it."""
    assert isinstance(coroutine, CoroutineType)
    coroutine.__qualname__ = getattr(underlying(fn), "__qualname__", type(fn).__name__)
    return coroutine


def importable(decorated: Any, fn: Any) -> str | None:
    """The name under which a flow or task can be imported from its module, or None.

    Pickled by that name, it finds its module's own globals where it is loaded, as any function does. What the main
    program defines is pickled whole: elsewhere another program is the main one.
    """
    module, name = getattr(fn, "__module__", None), getattr(fn, "__qualname__", "")
    if module is None or module == "__main__" or _travels_whole(module):
        return None
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return name if found is decorated else None


def _travels_whole(module: str) -> bool:
    """Whether cloudpickle was told to send what a module, or a package around it, defines."""
    cloudpickle = sys.modules.get("cloudpickle")
    told = cloudpickle.list_registry_pickle_by_value() if cloudpickle is not None else ()
    return any(module == name or module.startswith(f"{name}.") for name in told)


def hooks_in(options: Mapping[str, Any], name: str) -> list[Callable[..., Any]]:
    """The hooks that an option gives. Raises `TypeError` for anything but a list of functions."""
    hooks = options.get(name) or []
    if not isinstance(hooks, (list, tuple)):
        raise TypeError(f"`{name}` takes a list of functions; it was given {hooks!r}. Write {name}=[{hooks!r}].")
    for hook in hooks:
        if not callable(hook):
            raise TypeError(f"`{name}` takes functions; {hook!r} cannot be called.")
    return list(hooks)
