"""Filters and orders mean the same on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from prefect._domain.filters import FIELDS, read_filter
from prefect._domain.flow_runs import CreatedBy
from prefect._domain.sorting import SORTS, read_sort
from prefect._domain.work_pools import WorkPool
from prefect._store import flow_runs, task_runs, work_pools
from prefect._store.artifacts import LATEST
from prefect._store.conditions import RELATED, meant, order_by
from prefect._store.database import Database
from prefect._store.values import must_read_identity
from tests._store.records import NOON, SECOND, a_flow_run, a_state, a_task_run

Listed = Callable[[dict[str, Any]], list[str]]
DEPLOYMENT = UUID(int=7)


@pytest.fixture
def runs(db: Database) -> dict[str, Any]:
    """Three runs: `early` failed with tags, `late` completed, `open` is scheduled."""
    calling = a_task_run(UUID(int=8))
    pool = WorkPool(UUID(int=9), "spare", created=NOON, updated=NOON)
    with db.write() as conn:
        work_pools.insert_work_pool(conn, pool)
        queue = work_pools.ensure_queue(conn, pool, "default", id=UUID(int=10), now=NOON)
    early = a_flow_run(
        db, state=a_state("FAILED"), tags=["etl", "夜"],
        idempotency_key="k1", deployment_id=DEPLOYMENT, work_queue_id=queue.id,
        start_time=NOON, end_time=NOON + SECOND, expected_start_time=NOON,
        created_by=CreatedBy(DEPLOYMENT, "SCHEDULE"),
    )  # fmt: skip
    late = a_flow_run(
        db, state=a_state("COMPLETED"), tags=["etl"], idempotency_key="k2",
        start_time=NOON + 2 * SECOND, end_time=NOON + 3 * SECOND, expected_start_time=NOON + 2 * SECOND,
        parent_task_run_id=calling.id,
    )  # fmt: skip
    due = NOON + timedelta(seconds=1)
    waiting = a_flow_run(db, state=a_state("SCHEDULED"), expected_start_time=due, next_scheduled_start_time=due)
    with db.write() as conn:
        for name, run in (("early-100%", early), ("late_run", late), ("OPEN", waiting)):
            run.name = name
            flow_runs.write_flow_run(conn, run)
        task_runs.write_task_run(conn, calling)
    return {"early": early, "late": late, "open": waiting}


@pytest.fixture
def listed(db: Database, runs: dict[str, Any]) -> Listed:
    """The short names of the runs that a filter means, in the order of their names."""
    short = {run.id: name for name, run in runs.items()}

    def ask(given: dict[str, Any]) -> list[str]:
        with db.read() as conn:
            found = flow_runs.list_flow_runs(conn, limit=10, filter=read_filter("flow_run", given))
        return sorted(short[run.id] for run, _ in found)

    return ask


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({}, ["early", "late", "open"]),
        ({"name": None}, ["early", "late", "open"]),
        ({"state": {"type": {"any_": ["FAILED", "SCHEDULED"]}}}, ["early", "open"]),
        ({"state": {"type": {"not_any_": ["FAILED"]}, "name": {"any_": ["Completed"]}}}, ["late"]),
        ({"state": {"type": {"any_": []}}}, []),
        ({"state": {"type": {"not_any_": []}}}, ["early", "late", "open"]),
        ({"name": {"any_": ["OPEN"]}}, ["open"]),
        ({"name": {"like_": "open"}}, ["open"]),
        ({"name": {"like_": "0%"}}, ["early"]),
        ({"name": {"like_": "e_r"}}, ["late"]),
        ({"name": {"like_": "'; DROP TABLE flow_run; --"}}, []),
        ({"tags": {"all_": ["etl", "夜"]}}, ["early"]),
        ({"tags": {"all_": ["etl"]}}, ["early", "late"]),
        ({"tags": {"all_": []}}, ["early", "late", "open"]),
        ({"tags": {"any_": ["夜", "none"]}}, ["early"]),
        ({"tags": {"any_": []}}, []),
        ({"tags": {"is_null_": True}}, ["open"]),
        ({"tags": {"not_any_": ["夜", "none"]}}, ["late", "open"]),
        ({"tags": {"not_any_": []}}, ["early", "late", "open"]),
        ({"name": {"not_like_": ["open", "e_r"]}}, ["early"]),
        ({"name": {"not_like_": []}}, ["early", "late", "open"]),
        ({"deployment_id": {"not_any_": [str(DEPLOYMENT)]}}, ["late", "open"]),
        ({"deployment_name": {"not_like_": ["nightly"]}}, ["late", "open"]),
        ({"work_pool_name": {"not_any_": ["spare"]}}, ["late", "open"]),
        ({"work_pool_name": {"not_any_": ["none"]}}, ["early", "late", "open"]),
        ({"work_pool_name": {"not_any_": []}}, ["early", "late", "open"]),
        ({"tags": {"is_null_": False}}, ["early", "late"]),
        ({"deployment_id": {"any_": [str(DEPLOYMENT)]}}, ["early"]),
        ({"deployment_id": {"is_null_": True}}, ["late", "open"]),
        ({"idempotency_key": {"not_any_": ["k1"]}}, ["late", "open"]),
        ({"start_time": {"before_": "2026-03-01T12:00:01Z"}}, ["early"]),
        ({"start_time": {"after_": "2026-03-01T13:00:02+01:00"}}, ["late"]),
        ({"start_time": {"is_null_": True}}, ["open"]),
        ({"expected_start_time": {"after_": NOON, "before_": NOON + SECOND}}, ["early", "open"]),
        ({"operator": "or_", "name": {"any_": ["OPEN"]}, "tags": {"all_": ["夜"]}}, ["early", "open"]),
        ({"operator": "and_", "name": {"any_": ["OPEN"]}, "tags": {"all_": ["夜"]}}, []),
    ],
    ids=str,
)
def test_a_filter_means_these_runs(listed: Listed, given: dict[str, Any], meant: list[str]) -> None:
    assert listed(given) == meant


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("START_TIME_ASC", ["early", "open", "late"]),
        ("START_TIME_DESC", ["late", "open", "early"]),
        ("EXPECTED_START_TIME_ASC", ["early", "open", "late"]),
        ("END_TIME_DESC", ["late", "early", "open"]),
        ("NEXT_SCHEDULED_START_TIME_ASC", ["open"]),
    ],
)
def test_runs_come_in_the_order_that_is_asked_for(
    db: Database, runs: dict[str, Any], sort: str, expected: list[str]
) -> None:
    short = {run.id: name for name, run in runs.items()}
    with db.read() as conn:
        found = flow_runs.list_flow_runs(conn, limit=10, order=read_sort("flow_run", sort))

    assert [short[run.id] for run, _ in found][: len(expected)] == expected


SAMPLES: dict[str, Any] = {
    "any_": [],
    "not_any_": [],
    "all_": ["a"],
    "startswith_": ["a"],
    "id_": [str(DEPLOYMENT)],
    "type_": ["USER"],
    "is_null_": True,
    "exists_": True,
    "eq_": True,
    "like_": "a",
    "not_like_": ["a"],
    "query": "+a -b c",
    "matches_": r"\ba+$",
    "ge_": 1,
    "le_": 1,
    "before_": NOON,
    "after_": NOON,
}


@pytest.mark.parametrize("noun", FIELDS)
def test_every_field_can_be_asked_for(db: Database, noun: str) -> None:
    with db.read() as conn:
        for path, field in FIELDS[noun].items():
            for operator in field.operators:
                is_bound_of_ids = path == "id" and operator in ("ge_", "le_")
                given: dict[str, Any] = {operator: str(DEPLOYMENT) if is_bound_of_ids else SAMPLES[operator]}
                for part in reversed(path.split(".")):
                    given = {part: given}
                sql, values = meant(noun, {noun: read_filter(noun, given)}, conn.dialect, "r.")
                assert conn.execute(f"SELECT COUNT(*) FROM {rows_of(noun)} r WHERE {sql}", values) == [(0,)]


def rows_of(noun: str) -> str:
    """The table of a noun, or what stands for it."""
    return LATEST if noun == "artifact_collection" else noun


def first_field(noun: str) -> str:
    """By what a record of a noun is told from all others."""
    return "latest_id" if noun == "artifact_collection" else "id"


@pytest.mark.parametrize("noun", SORTS)
def test_every_order_can_be_asked_for(db: Database, noun: str) -> None:
    with db.read() as conn:
        for name in SORTS[noun]:
            order = order_by(read_sort(noun, name), "r.")
            assert conn.execute(f"SELECT id FROM {rows_of(noun)} r ORDER BY {order}") == []


@pytest.mark.parametrize("noun", RELATED)
def test_every_noun_is_found_from_its_relatives(db: Database, noun: str) -> None:
    some = {other: read_filter(other, {first_field(other): {"any_": [DEPLOYMENT]}}) for other in (noun, *RELATED[noun])}

    with db.read() as conn:
        sql, values = meant(noun, some, conn.dialect, "r.")
        assert conn.execute(f"SELECT COUNT(*) FROM {rows_of(noun)} r WHERE {sql}", values) == [(0,)]


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({"flow": {"name": {"any_": ["f"]}}}, ["early", "late", "open"]),
        ({"flow": {"name": {"any_": ["g"]}}}, []),
        ({"task_run": {"name": {"like_": "t-"}}}, ["early"]),
        ({"task_run": {"name": {"like_": "t-"}, "tags": {"all_": ["x"]}}}, []),
        ({"task_run": {"name": {"like_": "t-"}}, "flow_run": {"name": {"any_": ["OPEN"]}}}, []),
        ({"deployment": {"paused": {"eq_": False}}}, []),
    ],
    ids=str,
)
def test_a_filter_on_another_noun_means_that_a_related_record_exists(
    db: Database, runs: dict[str, Any], wanted: dict[str, Any], names: list[str]
) -> None:
    short = {run.id: name for name, run in runs.items()}
    with db.write() as conn:
        task_runs.write_task_run(conn, a_task_run(runs["early"].id))
        sql, values = meant(
            "flow_run", {noun: read_filter(noun, given) for noun, given in wanted.items()}, conn.dialect, "r."
        )
        found = conn.execute(f"SELECT r.id FROM flow_run r WHERE {sql}", values)

    assert sorted(short[must_read_identity(row[0])] for row in found) == names


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"created_by": {"type_": ["SCHEDULE"]}}, ["early"]),
        ({"created_by": {"id_": [str(DEPLOYMENT)]}}, ["early"]),
        ({"created_by": {"is_null_": True}}, ["late", "open"]),
        ({"created_by": {"operator": "or_", "type_": ["SCHEDULE"], "is_null_": True}}, ["early", "late", "open"]),
        (
            {"state": {"operator": "or_", "type": {"any_": ["FAILED"]}, "name": {"any_": ["Completed"]}}},
            ["early", "late"],
        ),
        ({"tags": {"operator": "or_", "all_": ["夜"], "is_null_": True}}, ["early", "open"]),
        ({"parent_flow_run_id": {"any_": [str(UUID(int=8))]}}, ["late"]),
    ],
    ids=str,
)
def test_parts_of_a_filter_are_joined_as_they_say(listed: Listed, given: dict[str, Any], meant: list[str]) -> None:
    assert listed(given) == meant


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"nam": {"any_": ["x"]}}, "cannot be asked for its 'nam', but for: created_by, deployment_id"),
        ({"name": {"anyof": ["x"]}}, "'name' has no operator 'anyof', but: any_, like_"),
        ({"name": {"any_": "x"}}, "name.any_ does not fit: 'x' is no list"),
        ({"name": ["x"]}, "is written as {operator: value}"),
        ({"id": {"any_": ["x"]}}, "id.any_ does not fit"),
        ({"tags": {"is_null_": 1}}, "neither true nor false"),
        ({"start_time": {"after_": "yesterday"}}, "start_time.after_ does not fit"),
        ({"operator": "xor_"}, "and_ or or_"),
    ],
)
def test_a_filter_that_does_not_fit_is_told(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told.replace("{", r"\{")):
        read_filter("flow_run", given)


def test_an_order_that_is_not_there_is_told() -> None:
    with pytest.raises(ValueError, match="has no order 'NEWEST', but: ID_DESC"):
        read_sort("flow_run", "NEWEST")
