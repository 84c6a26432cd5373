"""Leaving a task runner in the context in which the flow's function used it.

A task runner may set context variables when it is first submitted to, and take them back when it is left, as Dask's
does where a report is written; what one context has set, no other can take back.
"""

from __future__ import annotations

import contextvars
from types import TracebackType
from typing import Any


class Used:
    """A task runner, entered here; between its entry and its end a flow's function uses it `within` a context."""

    def __init__(self, task_runner: Any) -> None:
        self._task_runner = task_runner
        self._within = contextvars.copy_context()

    @property
    def within(self) -> contextvars.Context:
        """A context for the flow's function: all that holds now, and what the function sets."""
        self._within = contextvars.copy_context()
        return self._within

    def __enter__(self) -> Used:
        self._task_runner.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        leave = self._task_runner.__exit__
        if _is_free(self._within):
            self._within.run(leave, kind, error, trace)
        else:  # a function that was left behind is still in it
            leave(kind, error, trace)


def _is_free(context: contextvars.Context) -> bool:
    """Whether nobody is inside of a context now."""
    try:
        context.run(int)
    except RuntimeError:
        return False
    return True
