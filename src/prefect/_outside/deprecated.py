"""Warnings of names that will be gone, for packages that mark theirs so."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class PrefectDeprecationWarning(DeprecationWarning):
    """Something will be gone in a later version."""


def deprecated_callable(
    *,
    start_date: Any = None,
    end_date: Any = None,
    stacklevel: int = 2,
    help: str = "",
    when: Callable[..., bool] = lambda *_: True,
    **_: Any,
) -> Callable[[F], F]:
    """Have a function warn when it is called; `help` says what to do instead."""

    def decorated(fn: F) -> F:
        name = f"{fn.__module__}.{fn.__qualname__}"
        after = f" It will not be available after {end_date:%b %Y}." if hasattr(end_date, "strftime") else ""

        @wraps(fn)
        def warned(*args: Any, **kwargs: Any) -> Any:
            warnings.warn(
                f"{name} has been deprecated.{after} {help}", PrefectDeprecationWarning, stacklevel=stacklevel
            )
            return fn(*args, **kwargs)

        return warned  # type: ignore[return-value]  # called as the function is

    return decorated
