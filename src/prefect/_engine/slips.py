"""Hints on the usual slips: a future, a coroutine, a state or a task stands where its value was meant.

Python's own error names the type and not the way out; the way out is added to it as a note, which its traceback shows.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from prefect._engine.tracebacks import described


class Slip(NamedTuple):
    """What an error says that tells of a slip, and what is to be done."""

    sign: re.Pattern[str]
    hint: str


SLIPS = (
    Slip(
        re.compile(r"\bPrefect\w*Future(List)?\b"),
        "A future stands where its value was meant. `future.result()` gives the value; a task that is given the future "
        "waits for it.",
    ),
    Slip(
        re.compile(r"'coroutine'"),
        "A coroutine stands where its value was meant. An async task or flow is awaited, `await my_task()`, in a "
        "function that is `async def`; in sync code `my_task.submit().result()` gives the value.",
    ),
    Slip(
        re.compile(r"object \w+ can't be used in 'await' expression|object can't be awaited"),
        "What is awaited is a value already. A task or flow that is no `async def` is called without it: `my_task()`.",
    ),
    Slip(
        re.compile(r"'State'"),
        "A state stands where its value was meant, as `return_state=True` gives it. `state.result()` gives the value.",
    ),
    Slip(
        re.compile(r"'(Task|Flow)'"),
        "A task or flow stands where its result was meant. It is a function: call it, `my_task()`.",
    ),
)
TELLING = (TypeError, AttributeError)
"""The errors by which Python tells that a value is of another type than was meant."""


def hinted(error: BaseException) -> None:
    """Add to an error what is to be done, where it tells of a slip; Python 3.10 has no notes."""
    if not isinstance(error, TELLING) or not hasattr(error, "add_note"):
        return
    text = described(error)
    hint = next((slip.hint for slip in SLIPS if slip.sign.search(text)), None)
    if hint is not None and hint not in getattr(error, "__notes__", ()):
        error.add_note(hint)
