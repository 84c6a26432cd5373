"""States on the command line: what `--state` asks for, and what became of a state that was proposed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prefect._domain.states import State, StateType
from prefect._wire.states import OrchestrationResult, SetStateStatus
from prefect.cli.running import CommandError


def in_states(names: Sequence[str] | None, types: Sequence[StateType] | None) -> dict[str, Any]:
    """The part of a filter that is about states; empty where nothing is asked for."""
    asked: dict[str, Any] = {}
    if names:
        asked["name"] = {"any_": list(names)}
    if types:
        asked["type"] = {"any_": [type.value for type in types]}
    return {"state": asked} if asked else {}


def entered(result: OrchestrationResult, run_name: str) -> State:
    """The state that a run has entered, maybe another one than was proposed. Raises `CommandError` where it has not."""
    reason = getattr(result.details, "reason", None)
    if result.state is None or result.status in (SetStateStatus.ABORT, SetStateStatus.WAIT):
        raise CommandError(f"Flow run {run_name!r}: {reason or 'it stays in its state.'}")
    return result.state
