"""States on the command line: what `--state` asks for, and what became of a state that was proposed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prefect._domain.states import State, StateType
from prefect._wire.states import OrchestrationResult, SetStateStatus
from prefect.cli.running import CommandError
from prefect.utilities.text import fuzzy_match_string

NAMES = [
    *(type.value.capitalize() for type in StateType),
    *("Late", "AwaitingRetry", "AwaitingConcurrencySlot", "Retrying", "Resuming", "Cached", "Skipped"),
    *("RolledBack", "TimedOut", "Suspended", "NotReady", "Waiting"),
]
"""The names that states have by themselves; a flow or task may give others."""


def in_states(names: Sequence[str] | None, types: Sequence[StateType] | None) -> dict[str, Any]:
    """The part of a filter that is about states; empty where nothing is asked for."""
    asked: dict[str, Any] = {}
    if names:
        asked["name"] = {"any_": list(names)}
    if types:
        asked["type"] = {"any_": [type.value for type in types]}
    return {"state": asked} if asked else {}


def none_found(what: str, names: Sequence[str] | None, otherwise: str) -> str:
    """What is said where no runs are found: of names that no state has by itself, which ones there are."""
    strange = [name for name in names or () if name not in NAMES]
    if not strange:
        return otherwise
    meant = fuzzy_match_string(strange[0].title(), NAMES)
    told = f"did you mean {meant!r}?" if meant else f"usual ones are {', '.join(NAMES)}."
    return f"No {what} are in a state of the name {strange[0]!r}; {told}"


def entered(result: OrchestrationResult, run_name: str) -> State:
    """The state that a run has entered, maybe another one than was proposed. Raises `CommandError` where it has not."""
    reason = getattr(result.details, "reason", None)
    if result.state is None or result.status in (SetStateStatus.ABORT, SetStateStatus.WAIT):
        raise CommandError(f"Flow run {run_name!r}: {reason or 'it stays in its state.'}")
    return result.state
