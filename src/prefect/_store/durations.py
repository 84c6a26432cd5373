"""Durations computed by the database, in seconds; the laws in `_domain/timing.py` say the same of one run."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from prefect._store.values import moment

Expression = tuple[str, list[Any]]


class Durations(NamedTuple):
    """Expressions about the runs of a table, up to a moment."""

    dialect: str
    alias: str
    now: datetime

    def run_time(self) -> Expression:
        """How long a run has been running."""
        since = _seconds(given_moment(self.dialect), f"{self.alias}state_timestamp", self.dialect)
        sql = f"{self.alias}total_run_time + CASE WHEN {self.alias}state_type = 'RUNNING' THEN {since} ELSE 0 END"
        return f"({sql})", [moment(self.now)]

    def lateness(self) -> Expression:
        """How much later than expected a run started, or how long it is overdue."""
        start, expected = f"{self.alias}start_time", f"{self.alias}expected_start_time"
        started, overdue = (_seconds(end, expected, self.dialect) for end in (start, given_moment(self.dialect)))
        return (
            f"CASE WHEN {start} > {expected} THEN {started} "
            f"WHEN {start} IS NULL AND {self.alias}state_type NOT IN ('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED') "
            f"AND {expected} < ? THEN {overdue} ELSE 0 END",
            [moment(self.now), moment(self.now)],
        )


def _seconds(later: str, earlier: str, dialect: str) -> str:
    if dialect == "postgresql":
        return f"EXTRACT(EPOCH FROM ({later} - {earlier}))::DOUBLE PRECISION"
    return f"((julianday({later}) - julianday({earlier})) * 86400.0)"


def given_moment(dialect: str) -> str:
    """The mark of a moment that is given to a statement."""
    return "CAST(? AS TIMESTAMPTZ)" if dialect == "postgresql" else "?"
