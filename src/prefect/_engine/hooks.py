"""Calling the hooks that users hang on flows and tasks."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

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


def hooks_for(what: Any, state: State) -> Sequence[Any]:
    """The hooks of a flow or task for entering a state."""
    return getattr(what, HOOKS_OF.get(state.type, ""), ())


def run_hooks(hooks: Sequence[Any], what: Any, run: Any, state: Any, logger: Any) -> Generator[Step, Any, None]:
    """Call each hook with the flow or task, its run and its state; what a hook raises is logged and ends nothing."""
    for hook in hooks:
        outcome = yield Hook(hook, (what, run, state))
        if isinstance(outcome, Raised):
            if not isinstance(outcome.error, Exception):
                raise outcome.error
            logger.error("The hook %r raised.", getattr(hook, "__name__", hook), exc_info=outcome.error)
