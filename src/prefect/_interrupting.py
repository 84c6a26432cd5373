"""Where a program may be interrupted by an exception that comes from outside: a signal, or a deadline.

In users' code, and while we only wait, it may. In our own code it may not, for a transaction would stay open, a lock
held, and an end that the user's code has reached be lost. Who wants to interrupt looks at the frame that is running:
the nearest function around it that is marked decides.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType, FrameType, FunctionType
from typing import Any, TypeVar

Fn = TypeVar("Fn", bound=Callable[..., Any])
Kind = TypeVar("Kind", bound=type)

_marked: dict[CodeType, bool] = {}


def interruptible(fn: Fn) -> Fn:
    """Mark a function: what it calls may be interrupted."""
    _marked[fn.__code__] = True
    return fn


def uninterrupted(fn: Fn) -> Fn:
    """Mark a function: what it calls is not interrupted, unless that is marked otherwise."""
    _marked[fn.__code__] = False
    return fn


def uninterrupted_methods(kind: Kind) -> Kind:
    """Mark every method that a class defines in that way."""
    for member in vars(kind).values():
        if isinstance(member, FunctionType):
            uninterrupted(member)
    return kind


def may_interrupt(frame: FrameType | None) -> bool:
    """Whether an exception may be raised in a running frame."""
    while frame is not None:
        may = _marked.get(frame.f_code)
        if may is not None:
            return may
        frame = frame.f_back
    return True
