"""Background tasks as the databases hold them: who may take which run, and what becomes of those of a dead worker."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from prefect._domain.states import State, StateDetails
from prefect._orchestration import task_workers
from prefect._store import task_runs
from prefect._store.database import Database
from tests._store.records import NOON, SECOND, a_state, a_task_run

MINUTE = 60 * SECOND


def handed_over(db: Database, key: str = "send", due: datetime = NOON) -> UUID:
    """A run that waits for a worker."""
    state = a_state("SCHEDULED")
    state.state_details = StateDetails(deferred=True, scheduled_time=due)
    return written(db, state, key=key, due=due)


def written(db: Database, state: State, key: str = "send", due: datetime | None = NOON) -> UUID:
    run = a_task_run(None, state=state, task_key=key, next_scheduled_start_time=due, dynamic_key=str(uuid4()))
    with db.write() as conn:
        task_runs.write_task_run(conn, run)
        task_runs.insert_task_run_state(conn, run.id, state)
    return run.id


def taken(
    db: Database, worker: str, *, at: datetime = NOON, known: Collection[UUID] = (), limit: int = 10
) -> list[UUID]:
    runs = task_workers.take(db, worker, ["send"], known=known, limit=limit, now=at, ttl=MINUTE)
    return [run.id for run in runs]


def state_of(db: Database, run_id: UUID) -> str | None:
    with db.read() as conn:
        run = task_runs.read_task_run(conn, run_id)
    return run.state_name if run is not None else None


def test_a_run_goes_to_one_worker_that_knows_its_task_the_oldest_first(db: Database) -> None:
    later, first, _ = handed_over(db, due=NOON - SECOND), handed_over(db, due=NOON - MINUTE), handed_over(db, "other")
    handed_over(db, due=NOON + SECOND)

    assert taken(db, "a", limit=1) == [first]
    assert taken(db, "b") == [later]
    assert taken(db, "a", known=[first]) == []


def test_what_does_not_wait_for_a_worker_is_given_to_none(db: Database) -> None:
    retrying = a_state("SCHEDULED")
    retrying.name, retrying.state_details = "AwaitingRetry", StateDetails(deferred=True)
    for state in (a_state("SCHEDULED"), retrying, a_state("RUNNING"), a_state("COMPLETED")):
        written(db, state)

    assert taken(db, "a") == []


def test_a_worker_whose_answer_was_lost_is_given_its_runs_again(db: Database) -> None:
    run = handed_over(db)

    assert taken(db, "a") == taken(db, "a") == [run]
    assert taken(db, "a", known=[run]) == []


def test_runs_of_a_worker_that_died_wait_for_another_unless_they_had_begun(db: Database) -> None:
    waiting, begun = handed_over(db), handed_over(db)
    assert set(taken(db, "dead")) == {waiting, begun}
    with db.write() as conn:
        run = task_runs.read_task_run(conn, begun)
        assert run is not None
        run.state = a_state("RUNNING", after=1)
        task_runs.write_task_run(conn, run)

    assert ended(db, NOON + MINUTE) == set()
    assert ended(db, NOON + 2 * MINUTE) == {waiting, begun}
    assert ended(db, NOON + 2 * MINUTE) == set()

    assert (state_of(db, waiting), state_of(db, begun)) == ("Scheduled", "Crashed")
    assert taken(db, "next", at=NOON + 3 * MINUTE) == [waiting]


def ended(db: Database, now: datetime) -> set[UUID]:
    return set(task_workers.end_lost_tasks(db, now=now, new_id=uuid4))


def test_a_worker_that_says_that_it_lives_keeps_its_runs(db: Database) -> None:
    run = handed_over(db)
    taken(db, "a")

    taken(db, "a", at=NOON + 50 * SECOND, known=[run], limit=0)

    assert ended(db, NOON + 100 * SECOND) == set()


def test_a_worker_that_leaves_has_others_take_what_it_did_not_begin(db: Database) -> None:
    run = handed_over(db)
    assert taken(db, "a") == [run]

    task_workers.leave(db, "a")

    assert task_workers.list_living(db, None, now=NOON) == []
    assert taken(db, "b") == [run]


def test_living_workers_are_found_by_their_tasks(db: Database) -> None:
    taken(db, "a")

    def living(keys: Collection[str] | None, after: timedelta = SECOND) -> list[str]:
        return [worker.id for worker in task_workers.list_living(db, keys, now=NOON + after)]

    assert living(None) == living(["send", "other"]) == ["a"]
    assert living(["other"]) == living(None, after=2 * MINUTE) == []
