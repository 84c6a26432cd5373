"""Flow runs as a client sees them, where a package's worker carries them out."""

from __future__ import annotations

from typing import Any

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import LogFilter
from prefect.states import State
from tests.serving import until


def state_of(id: Any) -> State[Any]:
    with get_client(sync_client=True) as client:
        state = client.read_flow_run(id).state
    assert state is not None
    return state


def ended(id: Any) -> State[Any]:
    until(lambda: state_of(id).is_final(), 120)
    return state_of(id)


def lines_of(id: Any) -> list[str]:
    with get_client(sync_client=True) as client:
        return [
            line.message for line in client.read_logs(LogFilter.model_validate({"flow_run_id": {"any_": [str(id)]}}))
        ]
