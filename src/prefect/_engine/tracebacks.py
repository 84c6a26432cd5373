"""What is shown of an error: its traceback with the user's calls; it is logged by the run that it ended first."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Any

from prefect.settings import get_current_settings

TOLD = "__prefect_told__"
Told = tuple[type[BaseException], BaseException, TracebackType | None]


def to_be_told(outcome: Any) -> Told | None:
    """What to log of an outcome that is an error, for `exc_info`; None where it was logged already, or is no error."""
    error = getattr(outcome, "result", None)
    if not isinstance(error, Exception) or error.__traceback__ is None or getattr(error, TOLD, False):
        return None
    setattr(error, TOLD, True)
    return type(error), error, _of_users(error.__traceback__)


def fold(error: BaseException) -> None:
    """Leave out of the traceback of an error the calls of ours that led to user code, and from there to more of it.

    What of ours stands after the last of the user's frames is kept: there the error may be one of ours. In debug mode
    nothing is left out.
    """
    if error.__traceback__ is not None and not get_current_settings().debug_mode:
        error.__traceback__ = _of_users(error.__traceback__)


def _of_users(traceback: TracebackType) -> TracebackType:
    """A traceback without the calls of ours before and between the user's; all of it where there are none of those."""
    frames = list(_frames(traceback))
    users = [number for number, frame in enumerate(frames) if not _is_ours(frame)]
    if not users:
        return traceback
    kept = [frames[number] for number in users] + frames[users[-1] + 1 :]
    rest: TracebackType | None = None
    for frame in reversed(kept):
        rest = TracebackType(rest, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
    return rest or traceback


def _frames(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _is_ours(frame: TracebackType) -> bool:
    return str(frame.tb_frame.f_globals.get("__name__", "")).startswith("prefect.")


def described(error: BaseException) -> str:
    """Its class and what it says, or that it cannot say anything."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception as unsaid:  # noqa: BLE001  # a user's exception may fail to tell what it is
        return f"{type(error).__name__} (its str() raises {type(unsaid).__name__})"
