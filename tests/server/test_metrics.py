"""`GET /metrics`: what operators watch, as Prometheus reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from prefect import flow, task
from prefect._clock import now
from prefect._domain.metrics import CONTENT_TYPE, Metric, Sample, exposition
from prefect._engine.recorders import close_recorders
from prefect._orchestration.duties.accounts import Account
from prefect._store.database import Database
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.server.lanes import Lanes
from prefect.server.metrics import Metrics, RequestsSeen
from prefect.settings import temporary_settings
from prefect.states import Late
from tests.databases import db, url
from tests.serving import served

__all__ = ["db", "url"]

LINE = re.compile(r'(?:# (?:HELP|TYPE) [a-z_]+ .+|([a-z_]+(?:\{[a-z_]+="[^\n]*"\})?) (-?[0-9.e+-]+))')
"""A line of the text format, as this server writes it."""
Figures = dict[str, float]
Reader = Callable[[], Figures]


def read(text: str) -> Figures:
    """The samples of a page, by name and labels; fails at a line that is none of the format."""
    found: Figures = {}
    for line in text.splitlines():
        match = LINE.fullmatch(line)
        assert match is not None, line
        if match[1]:
            found[match[1]] = float(match[2])
    return found


@pytest.fixture
def recorded_there(db: Database) -> Iterator[None]:
    """What this test runs is recorded in the database."""
    with temporary_settings({"PREFECT_SERVER_DATABASE_CONNECTION_URL": db.url}):
        yield
    close_recorders()


def reader_of(db: Database, **duties: Account) -> Reader:
    """Reads the figures of a server's process, gathered anew each time."""
    moments = iter(range(0, 10_000, 10))
    metrics = Metrics(db, Lanes(), duties, clock=lambda: float(next(moments)))
    return lambda: read(metrics.text())


@task
def add(x: int) -> int:
    return x + 1


@flow
def two_tasks() -> None:
    add(1)
    add(2)


@flow
def failing() -> None:
    raise ValueError("no")


@pytest.mark.usefixtures("recorded_there")
def test_states_that_runs_enter_are_counted_from_the_first_look_on_whoever_records_them(db: Database) -> None:
    two_tasks()
    figures = reader_of(db)
    assert figures()['prefect_flow_run_states_total{state_type="COMPLETED"}'] == 0

    two_tasks()
    failing(return_state=True)
    second = figures()
    two_tasks()
    third = figures()

    assert second['prefect_flow_run_states_total{state_type="COMPLETED"}'] == 1
    assert second['prefect_flow_run_states_total{state_type="FAILED"}'] == 1
    assert second['prefect_task_run_states_total{state_type="COMPLETED"}'] == 2
    assert third['prefect_flow_run_states_total{state_type="COMPLETED"}'] == 2
    assert third['prefect_task_run_states_total{state_type="COMPLETED"}'] == 4


@pytest.mark.usefixtures("recorded_there")
def test_what_waits_in_a_queue_is_told_with_its_age_and_who_looks_after_it(db: Database) -> None:
    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name='the "press"', concurrency_limit=3))
        flow_id = client.create_flow(two_tasks)
        deployment = client.create_deployment(flow_id, "nightly", work_pool_name='the "press"')
        for minutes in (10, 5, -5):
            due = now() - timedelta(minutes=minutes)
            client.create_flow_run_from_deployment(deployment, state=Late(scheduled_time=due))
        client.send_worker_heartbeat('the "press"', "ann", heartbeat_interval_seconds=30)

    told = reader_of(db)()

    place = r'{work_pool="the \"press\"",work_queue="default"}'
    assert told[f"prefect_work_queue_due_runs{place}"] == 2
    assert told[f"prefect_work_queue_oldest_due_seconds{place}"] == pytest.approx(600, abs=30)
    assert told[f"prefect_work_queue_active_runs{place}"] == 0
    assert told[r'prefect_workers_online{work_pool="the \"press\""}'] == 1
    assert told[r'prefect_work_pool_slots{work_pool="the \"press\""}'] == 3
    assert told['prefect_flow_runs_open{state_type="SCHEDULED"}'] == 3
    assert told["prefect_flow_runs_late"] == 3


def test_duties_the_process_and_the_database_are_told(db: Database) -> None:
    failed = Account("planning", every=20, began=now(), seconds=0.25, fault="ValueError: no")

    told = reader_of(db, planning=failed)()

    assert told['prefect_duty_failed{duty="planning"}'] == 1
    assert told['prefect_duty_last_seconds{duty="planning"}'] == 0.25
    assert told['prefect_duty_last_time_seconds{duty="planning"}'] == pytest.approx(now().timestamp(), abs=30)
    assert told["prefect_database_size_bytes"] > 10_000
    assert 0 <= told["prefect_database_read_seconds"] < 5
    assert told["process_resident_memory_bytes"] > 10_000_000


def test_no_figure_reads_the_history(db: Database) -> None:
    if db.dialect != "sqlite":
        pytest.skip("PostgreSQL reads small tables whole, whatever their indexes")
    figures = reader_of(db)
    figures()
    asked: list[str] = []
    with db.read() as conn:
        raw = conn.raw  # type: ignore[attr-defined]  # that of SQLite
    raw.set_trace_callback(asked.append)

    figures()

    raw.set_trace_callback(None)
    selects = [sql for sql in asked if sql.startswith("SELECT")]
    plans = [row[3] for sql in selects for row in raw.execute(f"EXPLAIN QUERY PLAN {sql}")]
    assert sum(plan.startswith("SEARCH flow_run") for plan in plans) >= 5, plans
    assert [plan for plan in plans if re.match(r"SCAN (flow_run|task_run)", plan)] == []


def test_requests_are_counted_and_timed() -> None:
    seen = RequestsSeen()
    seen.note("GET", 200, 0.004, waits=False)
    seen.note("GET", 200, 0.3, waits=False)
    seen.note("POST", 503, 60.0, waits=True)
    seen.note("MADE-UP", 405, 0.001, waits=False)

    told = read(exposition(seen.metrics()))

    assert told['prefect_http_requests_total{method="GET",status="200"}'] == 2
    assert told['prefect_http_requests_total{method="POST",status="503"}'] == 1
    assert told['prefect_http_requests_total{method="other",status="405"}'] == 1
    assert told['prefect_http_request_seconds_bucket{le="0.005"}'] == 2
    assert told['prefect_http_request_seconds_bucket{le="0.5"}'] == 3
    assert told['prefect_http_request_seconds_bucket{le="+Inf"}'] == told["prefect_http_request_seconds_count"] == 3
    assert told["prefect_http_request_seconds_sum"] == pytest.approx(0.305)


def test_a_server_tells_its_figures_to_those_who_may_ask_it() -> None:
    with temporary_settings({"PREFECT_SERVER_API_AUTH_STRING": "ann:secret"}), served() as address:
        root = address.removesuffix("/api")
        refused = httpx.get(f"{root}/metrics")
        answer = httpx.get(f"{root}/metrics", auth=("ann", "secret"))
        again = httpx.get(f"{address}/metrics", auth=("ann", "secret"))

    assert refused.status_code == 401
    assert (answer.status_code, answer.headers["content-type"]) == (200, CONTENT_TYPE)
    assert read(answer.text)['prefect_http_requests_total{method="GET",status="200"}'] >= 1
    assert again.text == answer.text, "they are gathered once in a while, however many ask"


@pytest.mark.usefixtures("recorded_there")
def test_the_rules_for_alerts_ask_for_metrics_that_there_are(db: Database) -> None:
    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name="press", concurrency_limit=3))
    seen = RequestsSeen()
    seen.note("GET", 200, 0.1, waits=False)
    account = Account("planning", every=20, began=now(), seconds=0.1)
    text = Metrics(db, Lanes(), {"planning": account}).text() + exposition(seen.metrics())
    told = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))
    rules = (Path(__file__).parents[2] / "deploy/prometheus/prefect-rules.yaml").read_text(encoding="utf-8")

    asked = set(re.findall(r"\b((?:prefect|process)_\w+?)(?:_bucket)?\b(?![-.])", rules)) - {"prefect_rules"}

    assert asked <= told
    assert len(asked) >= 10


def test_a_server_that_is_told_so_has_no_figures() -> None:
    with temporary_settings({"PREFECT_SERVER_METRICS_ENABLED": "false"}), served() as address:
        assert httpx.get(f"{address}/metrics").status_code == 404


def test_labels_are_written_so_that_they_can_be_read_again() -> None:
    told = exposition([Metric("m", "gauge", "A number.", [Sample(1, {"name": 'a "b"\\\n'})])])

    assert told == '# HELP m A number.\n# TYPE m gauge\nm{name="a \\"b\\"\\\\\\n"} 1\n'
