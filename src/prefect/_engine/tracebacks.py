"""What is logged of an error: its traceback, from the user's code on, by the run that it ended first."""

from __future__ import annotations

from types import TracebackType
from typing import Any

TOLD = "__prefect_told__"
Told = tuple[type[BaseException], BaseException, TracebackType | None]


def to_be_told(outcome: Any) -> Told | None:
    """What to log of an outcome that is an error, for `exc_info`; None where it was logged already, or is no error."""
    error = getattr(outcome, "result", None)
    if not isinstance(error, Exception) or error.__traceback__ is None or getattr(error, TOLD, False):
        return None
    setattr(error, TOLD, True)
    return type(error), error, _of_users(error.__traceback__)


def _of_users(traceback: TracebackType) -> TracebackType:
    """A traceback without the calls of ours that led to the user's code; all of it where there is no such code."""
    inner: TracebackType | None = traceback
    while inner is not None and str(inner.tb_frame.f_globals.get("__name__", "")).startswith("prefect."):
        inner = inner.tb_next
    return inner or traceback


def described(error: BaseException) -> str:
    """Its class and what it says, or that it cannot say anything."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception as unsaid:  # noqa: BLE001  # a user's exception may fail to tell what it is
        return f"{type(error).__name__} (its str() raises {type(unsaid).__name__})"
