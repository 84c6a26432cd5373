"""Task runs as recorded, where several are at work on one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import UUID

from prefect._domain.task_runs import TaskRun
from prefect._store import task_runs
from prefect._store.database import Database
from tests._store.records import a_flow_run, a_state, a_task_run
from tests.serving import until


def test_what_is_open_is_told_when_whoever_is_ending_it_has_written_that(db: Database) -> None:
    run = a_flow_run(db)
    task_run = a_task_run(run.id, state=a_state("RUNNING"))
    with db.write() as conn:
        task_runs.write_task_run(conn, task_run)

    with ThreadPoolExecutor(1) as others:
        with db.write() as conn:
            task_runs.write_task_run(conn, replace(task_run, state=a_state("COMPLETED", after=1)))
            looked = others.submit(open_ones, db, run.id)
            until(lambda: looked.done() or waits_for_its_turn(db))

        assert looked.result() == []


def open_ones(db: Database, flow_run_id: UUID) -> list[TaskRun]:
    with db.write() as conn:
        return task_runs.open_task_runs(conn, flow_run_id)


def waits_for_its_turn(db: Database) -> bool:
    """Whether somebody waits for what another transaction holds; on SQLite one cannot begin before it ends."""
    if db.dialect == "sqlite":
        return True
    conn = db.connect()
    try:
        return bool(conn.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))
    finally:
        conn.close()
