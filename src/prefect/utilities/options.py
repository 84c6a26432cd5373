"""Options that are declared once, as a `TypedDict`, and taken as `**options`: their names are checked, and shown.

    @declares(TaskOptions)
    def task(fn, /, **options: Unpack[TaskOptions]): ...

`task(f, retry=3)` is a `TypeError` that names what is meant, and `inspect.signature(task)` has all options.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from functools import wraps
from typing import Any, TypeVar

from prefect.utilities.older_names import OPTIONS
from prefect.utilities.text import fuzzy_match_string

F = TypeVar("F", bound=Callable[..., Any])
ALMOST = 0.6
"""How alike a name must be to one that is declared (from 0 to 1) to be told as the one that is meant."""


def declares(options: type, called: str | None = None) -> Callable[[F], F]:
    """Make of a function that takes `**options` one that takes those of a `TypedDict` and no others.

    `called` is its name in errors, where users know it by another one.
    """

    def marked(fn: F) -> F:
        signature = _with_options(inspect.signature(fn), options)
        known = frozenset(signature.parameters)

        @wraps(fn)
        def checked(*args: Any, **kwargs: Any) -> Any:
            if not known >= kwargs.keys():
                raise TypeError(no_such_option(called or fn.__qualname__, kwargs.keys() - known, signature.parameters))
            return fn(*args, **kwargs)

        checked.__signature__ = signature  # type: ignore[attr-defined]  # what inspect looks for
        return checked  # type: ignore[return-value]  # called as the function is

    return marked


def no_such_option(name: str, unknown: Collection[str], known: Collection[str]) -> str:
    """The sentence that says which options there are none of, and which are probably meant."""
    told = []
    for option in sorted(unknown):
        told.append(f"{option!r}{_advice(option, known)}")
    offered = ", ".join(option for option in known if option not in ("self", "cls"))
    return f"{name}() has no option {' and none '.join(told)}. It has: {offered}."


def _advice(option: str, known: Collection[str]) -> str:
    """In brackets what is probably meant, or what is said in its place now."""
    if option in OPTIONS:
        return f" ({OPTIONS[option]})"
    meant = fuzzy_match_string(option, known, cutoff=ALMOST)
    return f" (did you mean {meant!r}?)" if meant else ""


def _with_options(signature: inspect.Signature, options: type) -> inspect.Signature:
    """The signature with each option in the place of `**options`; an option has the default None."""
    own = [p for p in signature.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
    taken = {parameter.name for parameter in own}
    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for name, kind in options.__annotations__.items()
        if name not in taken
    ]
    return signature.replace(parameters=[*own, *more])
