"""What a graph, an input and a saved search are made of, on both databases."""

from __future__ import annotations

from datetime import datetime, timezone
from uuid import UUID, uuid4

from prefect._domain.flow_runs import FlowRunInput
from prefect._domain.saved_searches import SavedSearch
from prefect._store import configuration, flow_run_inputs, graphs, saved_searches, task_runs
from prefect._store.database import Database
from prefect._store.values import moment
from tests._store.records import NOON, SECOND, a_flow_run, a_state, a_task_run

BEGINNING = datetime(1, 1, 1, tzinfo=timezone.utc)


def test_steps_come_as_they_started_and_stand_for_subflows(db: Database) -> None:
    run, tracking = a_flow_run(db), a_task_run(state=a_state("RUNNING"))
    tracking.flow_run_id = run.id
    child = a_flow_run(db, state=a_state("RUNNING"), start_time=NOON + SECOND, parent_task_run_id=tracking.id)
    early = a_task_run(run.id, state=a_state("COMPLETED"), start_time=NOON, end_time=NOON + SECOND)
    waiting = a_task_run(run.id, start_time=NOON)
    with db.write() as conn:
        for task in (tracking, early, waiting):
            task_runs.write_task_run(conn, task)

        steps = graphs.steps_of(conn, run.id, since=BEGINNING, limit=10)
        late = graphs.steps_of(conn, run.id, since=NOON + 2 * SECOND, limit=10)
        one = graphs.steps_of(conn, run.id, since=BEGINNING, limit=1)

    assert [(step.task_run_id, step.subflow_id) for step in steps] == [(early.id, None), (tracking.id, child.id)]
    assert steps[1].label == "f / run"
    assert [step.node_id for step in late] == [child.id]
    assert len(one) == 1


def test_artifacts_belong_to_a_flow_run_or_to_one_of_its_tasks(db: Database) -> None:
    run, task_id = a_flow_run(db), uuid4()
    with db.write() as conn:
        for key, type, of_task in (("a", "markdown", None), ("b", "progress", task_id), ("c", "result", None)):
            conn.execute(
                "INSERT INTO artifact (id, created, updated, key, type, data, flow_run_id, task_run_id) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (str(uuid4()), moment(NOON), moment(NOON), key, type, "7", str(run.id), of_task and str(of_task)),
            )
        found = graphs.artifacts_of(conn, run.id, limit=10)

    shown = {artifact.key: (of_task, artifact.data, artifact.is_latest) for of_task, artifact in found}
    assert shown == {"a": (None, None, False), "b": (task_id, 7, False)}


def test_inputs_are_found_by_the_beginning_of_their_keys(db: Database) -> None:
    run = a_flow_run(db)

    def given(key: str) -> FlowRunInput:
        return FlowRunInput(uuid4(), run.id, key, "{}", None, NOON, NOON)

    with db.write() as conn:
        added = [flow_run_inputs.insert_input(conn, given(key)) for key in ("a%1", "a%2", "ab", "a%1")]
        found = flow_run_inputs.list_inputs(conn, run.id, "a%", without=["a%2"], limit=10)
        removed = [flow_run_inputs.delete_input(conn, run.id, "ab") for _ in range(2)]

    assert added == [True, True, True, False]
    assert [one.key for one in found] == ["a%1"]
    assert removed == [True, False]


def test_a_search_is_kept_under_its_name(db: Database) -> None:
    with db.write() as conn:
        first = saved_searches.write_saved_search(conn, SavedSearch(UUID(int=1), "mine", [{"value": "夜"}], NOON, NOON))
        again = saved_searches.write_saved_search(conn, SavedSearch(UUID(int=2), "mine", [], NOON, NOON + SECOND))

        assert (first.filters, again.filters, again.id) == ([{"value": "夜"}], [], first.id)
        assert saved_searches.list_saved_searches(conn, limit=10) == [again]
        assert saved_searches.read_saved_search(conn, UUID(int=2)) is None
        assert saved_searches.delete_saved_search(conn, first.id)


def test_a_database_remembers_values_under_keys(db: Database) -> None:
    with db.write() as conn:
        for value in ({"a": 1}, [2]):
            configuration.write_configuration(conn, "k", value, id=uuid4(), now=NOON)
            assert configuration.read_configuration(conn, "k") == value
        configuration.delete_configuration(conn, "k")
        assert configuration.read_configuration(conn, "k") is None
