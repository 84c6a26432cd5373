"""Calling the hooks that users hang on flows and tasks."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Protocol

from prefect._domain.states import State, StateType
from prefect._engine.steps import Hook, Raised, Step

HOOKS_OF: dict[StateType, str] = {
    StateType.COMPLETED: "on_completion_hooks",
    StateType.FAILED: "on_failure_hooks",
    StateType.CANCELLED: "on_cancellation_hooks",
    StateType.CANCELLING: "on_cancellation_hooks",
    StateType.CRASHED: "on_crashed_hooks",
    StateType.RUNNING: "on_running_hooks",
}


class FlowStateHook(Protocol):
    """A hook of a flow; what it returns is let go, or awaited where it is a coroutine."""

    __name__: str

    def __call__(self, flow: Any, flow_run: Any, state: Any) -> Any: ...


ALSO_WHEN_CRASHED = "also_when_crashed"
"""An attribute of hooks of failures: whether they are called, too, where the run's process was killed."""


def hooks_for(what: Any, state: State) -> Sequence[Any]:
    """The hooks of a flow or task for entering a state."""
    if state.type is StateType.CRASHED:
        return hooks_for_crashes(what)
    return getattr(what, HOOKS_OF.get(state.type, ""), ())


def hooks_for_crashes(what: Any) -> list[Any]:
    """The hooks for crashes, and those for failures that are for crashes, too."""
    hooks = list(getattr(what, "on_crashed_hooks", ()))
    hooks += [hook for hook in what.on_failure_hooks if getattr(hook, ALSO_WHEN_CRASHED, False) and hook not in hooks]
    return hooks


def run_hooks(hooks: Sequence[Any], what: Any, run: Any, state: Any, logger: Any) -> Generator[Step, Any, None]:
    """Call each hook with the flow or task, its run and its state; what a hook raises is logged and ends nothing."""
    for hook in hooks:
        outcome = yield Hook(hook, (what, run, state))
        if isinstance(outcome, Raised):
            if not isinstance(outcome.error, Exception):
                raise outcome.error
            logger.error("The hook %r raised.", getattr(hook, "__name__", hook), exc_info=outcome.error)
