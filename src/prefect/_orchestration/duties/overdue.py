"""Telling of runs that have not ended within the time that their deployment expects, each once."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from prefect._domain.deployments import Deployment
from prefect._domain.events import related
from prefect._domain.flow_runs import FlowRun
from prefect._orchestration.telling import told_of_deployment
from prefect._store import deployments, flow_runs
from prefect._store.connection import Connection
from prefect._store.database import Database

MOST = 100
"""How many runs of a deployment one transaction tells of."""


def tell_of_overdue(db: Database, *, now: datetime) -> list[UUID]:
    """Tell of the runs that are overdue and of which nobody has told; which."""
    with db.read() as conn:
        late = [one for one in deployments.expecting(conn) if _overdue(conn, one, now)]
    told = []
    for deployment in late:
        with db.write() as conn:
            for run in _overdue(conn, deployment, now):
                if flow_runs.note_overdue(conn, run.id, now=now):
                    _tell(conn, deployment, run, now)
                    told.append(run.id)
    return told


def _overdue(conn: Connection, deployment: Deployment, now: datetime) -> list[FlowRun]:
    before = now - timedelta(seconds=deployment.expect_within or 0)
    return flow_runs.overdue_runs(conn, deployment.id, before=before, limit=MOST)


def _tell(conn: Connection, deployment: Deployment, run: FlowRun, now: datetime) -> None:
    due = run.expected_start_time or now
    payload = {
        "flow_run_id": str(run.id),
        "state": run.state_name,
        "expected_start_time": due.isoformat(),
        "expect_within": deployment.expect_within,
    }
    its_run = related("flow-run", run.id, run.name)
    told_of_deployment(conn, "overdue", deployment, now=now, payload=payload, around=[its_run])
