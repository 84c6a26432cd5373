"""The errors of both drivers mean the same."""

from __future__ import annotations

import sqlite3
from uuid import uuid4

import pytest

from prefect._store import flow_runs
from prefect._store.database import Database
from prefect._store.faults import Fault, fault_of
from tests._store.records import WRITE, a_flow, a_flow_run, a_state


def test_what_is_there_already_is_a_conflict(db: Database) -> None:
    with db.write() as conn:
        conn.execute(WRITE, a_flow("x"))

    with pytest.raises(Exception) as caught, db.write() as conn:
        conn.execute(WRITE, a_flow("x"))

    assert fault_of(caught.value) is Fault.CONFLICT


def test_what_is_referred_to_but_missing_is_a_conflict(db: Database) -> None:
    a_flow_run(db)

    with pytest.raises(Exception) as caught, db.write() as conn:
        flow_runs.insert_flow_run_state(conn, uuid4(), a_state("RUNNING"))

    assert fault_of(caught.value) is Fault.CONFLICT


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (sqlite3.OperationalError("database is locked"), Fault.BUSY),
        (sqlite3.OperationalError("database or disk is full"), Fault.FULL),
        (sqlite3.OperationalError("no such table: flow"), None),
        (ValueError("locked"), None),
    ],
)
def test_only_what_a_driver_says_is_a_fault(error: Exception, fault: Fault | None) -> None:
    assert fault_of(error) is fault
