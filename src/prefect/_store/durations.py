"""Durations computed by the database, in seconds; the laws in `_domain/timing.py` say the same of one run."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from prefect._store.values import moment

Expression = tuple[str, list[str]]


class Durations(NamedTuple):
    """Expressions about the runs of a table, up to a moment."""

    dialect: str
    alias: str
    now: datetime

    def run_time(self) -> Expression:
        """How long a run has been running."""
        since, now = self._seconds_since(f"{self.alias}state_timestamp")
        sql = f"{self.alias}total_run_time + CASE WHEN {self.alias}state_type = 'RUNNING' THEN {since} ELSE 0 END"
        return f"({sql})", now

    def lateness(self) -> Expression:
        """How much later than expected a run started, or how long it is overdue."""
        start, expected = f"{self.alias}start_time", f"{self.alias}expected_start_time"
        overdue, now = self._seconds_since(expected)
        started = seconds(start, expected, self.dialect)
        return (
            f"CASE WHEN {start} > {expected} THEN {started} "
            f"WHEN {start} IS NULL AND {self.alias}state_type NOT IN ('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED') "
            f"AND {expected} < {given(self.dialect)} THEN {overdue} ELSE 0 END",
            [*self._now(), *now],
        )

    def _seconds_since(self, column: str) -> Expression:
        return seconds(given(self.dialect), column, self.dialect), self._now()

    def _now(self) -> list[str]:
        return [str(moment(self.now))]


def given(dialect: str) -> str:
    """A moment that is given as a parameter."""
    return "CAST(? AS TIMESTAMPTZ)" if dialect == "postgresql" else "?"


def seconds(later: str, earlier: str, dialect: str) -> str:
    """The seconds between two moments."""
    if dialect == "postgresql":
        return f"EXTRACT(EPOCH FROM ({later} - {earlier}))::DOUBLE PRECISION"
    return f"((julianday({later}) - julianday({earlier})) * 86400.0)"


def which_interval(column: str, length: float, dialect: str) -> str:
    """The number of the interval, counted from 0 at a given moment, in which a later moment lies."""
    passed = f"{seconds(column, given(dialect), dialect)} / {length!r}"
    # the database counts in steps of a tenth of a millisecond, so what lies on a border may come out just below it
    return f"FLOOR({passed} + 1e-6)::INTEGER" if dialect == "postgresql" else f"CAST({passed} + 1e-6 AS INTEGER)"
