"""Histories of runs in JSON."""

from __future__ import annotations

from prefect._orchestration.figures import Interval
from prefect._store.histories import Tally
from prefect._wire.flow_runs import HistoryResponse, HistoryResponseState


def told(intervals: list[Interval]) -> list[HistoryResponse]:
    """A history as it is told."""
    return [
        HistoryResponse(
            interval_start=interval.start,
            interval_end=interval.end,
            states=[_state(tally) for tally in interval.tallies],
        )
        for interval in intervals
    ]


def _state(tally: Tally) -> HistoryResponseState:
    return HistoryResponseState(
        state_type=tally.state_type,
        state_name=tally.state_name,
        count_runs=tally.runs,
        sum_estimated_run_time=tally.run_time,
        sum_estimated_lateness=tally.lateness,
    )
