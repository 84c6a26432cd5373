"""States as requests of the API have them."""

from __future__ import annotations

from prefect._domain.states import State
from prefect._wire.states import StateCreate, told
from prefect.results import ResultRecord, ResultRecordMetadata


def to_state_create(state: State) -> StateCreate:
    """A state as it is proposed to a run: its data only where that says where a result is kept."""
    written = told(state)
    is_kept = isinstance(state.data, (ResultRecord, ResultRecordMetadata))
    return StateCreate(
        type=state.type,
        name=state.name,
        message=state.message,
        data=written.data if is_kept else None,
        state_details=written.state_details,
    )


__all__ = ["to_state_create"]
