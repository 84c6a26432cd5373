"""Runs that are going to start, and runs that take slots, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from prefect._wire import filters
from prefect._wire.work_pools import FlowRunSlotSummary
from prefect.cli.found import names_of_flows
from prefect.cli.output import ago, duration, show_json, show_table
from prefect.cli.paging import PIECE
from prefect.client.orchestration import SyncPrefectClient


def show_upcoming(client: SyncPrefectClient, until: datetime, output: str | None, **relatives: Any) -> None:
    """List the runs that wait and are due until a moment, the soonest first."""
    wanted = filters.FlowRunFilter.model_validate(
        {"state": {"type": {"any_": ["SCHEDULED"]}}, "next_scheduled_start_time": {"before_": until}}
    )
    found = client.read_flow_runs(
        flow_run_filter=wanted, sort="NEXT_SCHEDULED_START_TIME_ASC", limit=PIECE, **relatives
    )
    if output == "json":
        show_json(found)
        return
    flows = names_of_flows(client, (run.flow_id for run in found))
    rows = [
        (
            ago(run.next_scheduled_start_time),
            run.next_scheduled_start_time,
            flows.get(run.flow_id),
            run.name,
            run.state,
            run.work_pool_name,
            run.work_queue_name,
            run.id,
        )
        for run in found
    ]
    columns = ("When", "Due", "Flow", "Name", "State", "Pool", "Queue", "Id")
    show_table(columns, rows, empty="No runs are due in that time.")


def show_holders(runs: Sequence[FlowRunSlotSummary]) -> None:
    """List the runs that take slots."""
    rows = [(run.id, run.name, run.state_name, _since(run)) for run in runs]
    show_table(("Id", "Name", "State", "For"), rows, empty="Nothing runs.", has_short_ids=True)


def _since(run: FlowRunSlotSummary) -> str | None:
    return duration(run.time_in_current_state) if run.time_in_current_state is not None else None
