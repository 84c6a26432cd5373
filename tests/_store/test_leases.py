"""Who carries a run out, as recorded: leases, claims, and what the processes of runs are asked to do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid4

from prefect._domain.states import StateType
from prefect._store import flow_runs, leases, missed_hooks
from prefect._store.database import Database
from prefect._store.leases import Standing
from tests._store.records import NOON, SECOND, a_flow_run, a_state
from tests._store.test_deployments import a_deployment


def leased(db: Database, holder: str, **fields: object) -> UUID:
    """A run that somebody holds for a minute from noon on."""
    run = a_flow_run(db, **fields)
    with db.write() as conn:
        leases.take_lease(conn, run.id, holder, now=NOON, ttl=60 * SECOND)
    return run.id


def expired(db: Database, now: datetime) -> set[UUID]:
    with db.read() as conn:
        return set(leases.expired_leases(conn, now))


def with_history(db: Database, types: Iterable[str]) -> UUID:
    run = a_flow_run(db)
    with db.write() as conn:
        for number, type in enumerate(types):
            flow_runs.insert_flow_run_state(conn, run.id, a_state(type, after=number))
    return run.id


def test_only_the_holder_lengthens_leases_and_only_those_that_are_named(db: Database) -> None:
    mine, other, theirs = leased(db, "me"), leased(db, "me"), leased(db, "you")

    with db.write() as conn:
        leases.renew_leases_of(conn, [mine, theirs], "me", now=NOON + 50 * SECOND, ttl=60 * SECOND)

    assert expired(db, NOON + 61 * SECOND) == {other, theirs}


def test_a_holder_is_known_by_the_runs_that_are_asked_for(db: Database) -> None:
    mine, theirs = leased(db, "me"), leased(db, "you")

    with db.read() as conn:
        assert leases.are_held(conn, [mine, theirs], "me")
        assert not leases.are_held(conn, [theirs], "me")
        assert not leases.are_held(conn, [], "me")


def test_how_runs_stand(db: Database) -> None:
    cancelling, running = leased(db, "me", state=a_state("CANCELLING")), a_flow_run(db, state=a_state("RUNNING")).id

    with db.read() as conn:
        told = leases.standings(conn, [cancelling, running, uuid4()])
        assert told == {
            cancelling: Standing(1, StateType.CANCELLING, "me"),
            running: Standing(0, StateType.RUNNING, None),
        }
        assert leases.standings(conn, []) == {}


def test_the_runs_that_are_being_cancelled(db: Database) -> None:
    cancelling, running = a_flow_run(db, state=a_state("CANCELLING")), a_flow_run(db, state=a_state("RUNNING"))

    with db.read() as conn:
        assert flow_runs.being_cancelled(conn, [cancelling.id, running.id, uuid4()]) == [cancelling.id]
        assert flow_runs.being_cancelled(conn, []) == []


def test_claims_are_counted_from_the_last_time_that_the_run_did_anything(db: Database) -> None:
    fresh = with_history(db, ["SCHEDULED", "PENDING", "SCHEDULED", "PENDING"])
    crashed = with_history(db, ["SCHEDULED", "PENDING", "RUNNING", "CRASHED", "SCHEDULED", "PENDING"])

    with db.read() as conn:
        assert flow_runs.claims_in_a_row(conn, fresh) == 2
        assert flow_runs.claims_in_a_row(conn, crashed) == 1


def test_hooks_of_an_ended_run_wait_and_are_taken_once(db: Database) -> None:
    with db.write() as conn:
        deployment = a_deployment(conn).id
    ended, open_still, by_hand = (
        a_flow_run(db, state=a_state(type), deployment_id=id)
        for type, id in (("CRASHED", deployment), ("RUNNING", deployment), ("CRASHED", None))
    )
    with db.write() as conn:
        assert not missed_hooks.hooks_wait(conn)
        for run in (ended, open_still, by_hand):
            missed_hooks.leave_hooks(conn, run.id, until=NOON + 60 * SECOND)
        assert missed_hooks.take_hooks(conn, "work_queue_id", [uuid4()], limit=5) == []
        taken = [missed_hooks.take_hooks(conn, "deployment_id", [deployment], limit=5) for _ in range(2)]
        missed_hooks.drop_expired_hooks(conn, NOON + 60 * SECOND)
        assert missed_hooks.hooks_wait(conn)
        missed_hooks.drop_expired_hooks(conn, NOON + 61 * SECOND)
        assert not missed_hooks.hooks_wait(conn)

    assert taken == [[ended.id], []]
