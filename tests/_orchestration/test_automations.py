"""Laws of automations at work, on both databases: each firing is recorded once and acted on, whoever looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest

from prefect._domain.actions import DoNothing, PauseDeployment, RunDeployment
from prefect._domain.automations.acts import LEASE, MOST_TRIES
from prefect._domain.automations.folding import GRACE
from prefect._domain.events import ID
from prefect._orchestration import automations, deployments, events
from prefect._orchestration.duties.automations import Lookout
from prefect._store import automation_progress as progress
from prefect._store.database import Database
from tests._orchestration.automated import Someone, an_automation, awaits, firings_of, happens, reacts, told
from tests._orchestration.deployed import NOON, SECOND, a_deployment, a_run, moved, runs_of

LATER = NOON + SECOND


def test_an_event_runs_a_deployment(db: Database) -> None:
    deployment = a_deployment(db)
    automation = an_automation(db, reacts("thing"), RunDeployment(deployment_id=deployment.id, parameters={"x": 1}))
    someone = Someone(db)
    happens(db, "thing")

    number = someone.looks(LATER)

    (run,) = runs_of(db, deployment.id)
    assert number == 1
    assert run.parameters == {"x": 1}
    assert run.created_by is not None
    assert (run.created_by.id, run.created_by.type) == (automation.id, "AUTOMATION")


def test_the_state_of_a_run_is_an_event_like_any_other(db: Database) -> None:
    deployment = a_deployment(db)
    an_automation(db, reacts("prefect.flow-run.Failed"), PauseDeployment(source="inferred"))
    run = a_run(db, deployment.id)
    moved(db, run, "FAILED", forced=True)

    Someone(db).looks(LATER)

    found = deployments.read(db, deployment.id)
    assert found is not None
    assert found.deployment.paused


def test_what_happened_before_an_automation_was_made_does_not_concern_it(db: Database) -> None:
    happens(db, "thing")
    automation = an_automation(db, reacts("thing"))

    assert Someone(db).looks(LATER) == 0
    assert firings_of(db, automation) == []


def test_an_event_that_is_told_twice_is_one(db: Database) -> None:
    automation = an_automation(db, reacts("thing", threshold=2))
    event = happens(db, "thing")
    events.record(db, [event])

    assert Someone(db).looks(LATER) == 0
    assert firings_of(db, automation) == []


def test_two_who_look_record_each_firing_once(db: Database) -> None:
    deployment = a_deployment(db)
    automation = an_automation(db, reacts("thing"), RunDeployment(deployment_id=deployment.id))
    several = [Someone(db) for _ in range(3)]
    for number in range(20):
        happens(db, "thing", at=NOON + number * SECOND)
    together = Barrier(len(several))

    def look(someone: Someone) -> None:
        together.wait()
        someone.looks(NOON + 60 * SECOND)

    threads = [Thread(target=look, args=(one,)) for one in several]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(firings_of(db, automation)) == 20
    assert len(runs_of(db, deployment.id)) == 20


def test_who_looks_later_goes_on_where_the_other_stopped(db: Database) -> None:
    automation = an_automation(db, reacts("thing", threshold=3))
    happens(db, "thing")
    Someone(db).looks(LATER)
    happens(db, "thing", at=LATER)
    Someone(db).looks(LATER)
    happens(db, "thing", at=LATER + SECOND)

    assert Someone(db).looks(LATER + SECOND) == 1
    assert len(firings_of(db, automation)) == 1


def test_who_only_counts_writes_it_down_once_a_second_and_what_was_not_written_is_counted_again(db: Database) -> None:
    automation = an_automation(db, reacts("thing", threshold=4))
    someone, written = Someone(db), []
    for moment in (NOON, NOON + 0.4 * SECOND, NOON + 1.2 * SECOND):
        happens(db, "thing", at=moment)
        someone.looks(moment)
        with db.read() as conn:
            written.append(progress.read(conn, automation.id))
    happens(db, "thing", at=NOON + 1.5 * SECOND)

    assert written[0] == written[1] != written[2]
    assert Someone(db).looks(NOON + 1.5 * SECOND) == 1
    assert someone.looks(NOON + 1.5 * SECOND) == 0
    assert len(firings_of(db, automation)) == 1


@pytest.mark.parametrize("within", [0, 7])
def test_states_that_are_counted_together_fire_as_those_that_are_seen_one_by_one(db: Database, within: int) -> None:
    deployment, every = a_deployment(db), timedelta(seconds=within)
    pattern = "prefect.flow-run.*"
    together = an_automation(db, reacts(pattern, match={ID: pattern}, threshold=9, within=every))
    one_by_one = an_automation(db, reacts(pattern, "never", match={ID: pattern}, threshold=9, within=every), name="b")
    someone = Someone(db)
    for number in range(60):
        moment = NOON + number * SECOND
        moved(db, a_run(db, deployment.id, at=moment), "FAILED", forced=True, at=moment)
        if number == 17:
            happens(db, "prefect.flow-run.told", resource="prefect.flow-run.other", at=moment)
        if number == 18:
            happens(db, "prefect.flow-run.told", resource="somebody-else", at=moment)
        if number % 3 == 2:
            someone.looks(moment + SECOND)

    expected = [(one.firing.moment, one.firing.event) for one in firings_of(db, one_by_one)]
    assert len(expected) > 3
    assert [(one.firing.moment, one.firing.event) for one in firings_of(db, together)] == expected


def test_the_same_one_sees_what_others_have_written_meanwhile(db: Database) -> None:
    automation = an_automation(db, reacts("thing", threshold=2))
    first, second = Someone(db), Someone(db)
    happens(db, "thing")
    first.looks(LATER)
    happens(db, "thing", at=LATER)

    assert second.looks(LATER) == 1
    assert first.looks(LATER) == 0
    assert len(firings_of(db, automation)) == 1


def test_what_does_not_come_is_due_at_a_moment_whoever_looks_then(db: Database) -> None:
    automation = an_automation(db, awaits("beat", seconds=10))
    due = NOON + 10 * SECOND + GRACE

    assert Lookout(db).look(now=LATER).due == due
    assert Someone(db).looks(due - timedelta(milliseconds=1)) == 0
    assert Someone(db).looks(due) == 1
    assert Lookout(db).look(now=due).due == due + 10 * SECOND
    assert firings_of(db, automation)[0].firing.moment == NOON + 10 * SECOND


def test_an_automation_that_is_off_sees_nothing_and_begins_anew_when_it_is_on(db: Database) -> None:
    automation = an_automation(db, reacts("thing", threshold=2))
    someone = Someone(db)
    happens(db, "thing")
    someone.looks(NOON)
    automations.set_enabled(db, automation.id, False, now=LATER, new_id=uuid4)
    happens(db, "thing", at=LATER)
    someone.looks(LATER)
    automations.set_enabled(db, automation.id, True, now=LATER, new_id=uuid4)
    happens(db, "thing", at=LATER + SECOND)

    assert someone.looks(LATER + SECOND) == 0
    happens(db, "thing", at=LATER + SECOND)
    assert someone.looks(LATER + SECOND) == 1


@pytest.mark.parametrize(
    ("change", "fires"),
    [({"name": "b"}, 1), ({"trigger": reacts("thing", threshold=3)}, 0)],
)
def test_what_an_automation_knows_stays_while_its_trigger_does(
    db: Database, change: dict[str, Any], fires: int
) -> None:
    automation = an_automation(db, reacts("thing", threshold=2))
    someone = Someone(db)
    happens(db, "thing")
    someone.looks(NOON)
    automations.update(db, replace(automation, **change), now=LATER, new_id=uuid4)
    happens(db, "thing", at=LATER)

    assert someone.looks(LATER) == fires


def test_what_somebody_begins_and_leaves_is_done_by_another_and_no_run_is_made_twice(db: Database) -> None:
    deployment = a_deployment(db)
    automation = an_automation(db, reacts("thing"), RunDeployment(deployment_id=deployment.id), DoNothing())
    dies = Someone(db)
    happens(db, "thing")
    dies.looks(LATER, acts=False)
    (recorded,) = firings_of(db, automation)
    someone = Someone(db)

    assert someone.takes_over(LATER + LEASE - SECOND) == 0
    assert someone.takes_over(LATER + LEASE) == 1
    assert someone.takes_over(LATER + 9 * LEASE) == 0

    (run,) = runs_of(db, deployment.id)
    assert run.id == recorded.acts[0].key
    assert [act.status for act in firings_of(db, automation)[0].acts] == ["executed", "executed"]


def test_what_was_done_by_one_who_died_before_saying_so_is_not_done_again(db: Database) -> None:
    deployment = a_deployment(db)
    automation = an_automation(db, reacts("thing"), RunDeployment(deployment_id=deployment.id))
    dies, someone = Someone(db), Someone(db)
    happens(db, "thing")
    dies.looks(LATER)
    with db.write() as conn:
        conn.execute("UPDATE automation_action SET status = 'open', ended = NULL")

    assert someone.takes_over(LATER + LEASE) == 1

    assert len(runs_of(db, deployment.id)) == 1
    assert [act.status for act in firings_of(db, automation)[0].acts] == ["executed"]


def test_what_kills_everybody_who_begins_it_is_given_up(db: Database) -> None:
    automation = an_automation(db, reacts("thing"))
    happens(db, "thing")
    Someone(db).looks(LATER, acts=False)
    with db.write() as conn:
        conn.execute("UPDATE automation_action SET tries = ?", (MOST_TRIES,))

    Someone(db).takes_over(LATER + LEASE)

    (act,) = firings_of(db, automation)[0].acts
    assert act.status == "failed"
    assert act.reason is not None
    assert "died" in act.reason


def test_an_automation_tells_that_it_fired_and_what_it_did_or_why_not(db: Database) -> None:
    gone = uuid4()
    automation = an_automation(db, reacts("thing"), DoNothing(), RunDeployment(deployment_id=gone))
    event = happens(db, "thing")
    Someone(db).looks(LATER)

    story = told(db, automation.id)

    names = sorted(one.event.removeprefix("prefect.automation.") for one in story)
    assert names == ["action.executed", "action.failed", "action.triggered", "action.triggered", "created", "triggered"]
    by_name = {one.event.removeprefix("prefect.automation."): one for one in story}
    assert by_name["triggered"].payload["triggering_event"]["id"] == str(event.id)
    assert by_name["triggered"].related[0]["prefect.resource.id"] == f"prefect.event.{event.id}"
    failed = by_name["action.failed"]
    assert failed.payload["action_type"] == "run-deployment"
    assert failed.payload["reason"] == f"There is no deployment {gone}."
    assert failed.related[0] == {
        "prefect.resource.id": f"prefect.deployment.{gone}",
        "prefect.resource.role": "target",
    }


def test_automations_that_listen_to_everything_hear_neither_themselves_nor_each_other(db: Database) -> None:
    both = [an_automation(db, reacts(), name=name) for name in "ab"]
    someone = Someone(db)
    happens(db, "thing")

    fired = [someone.looks(LATER), someone.looks(LATER), someone.looks(LATER)]

    assert fired[1:] == [0, 0]
    assert all(firings_of(db, one)[0].firing.event for one in both)


def test_one_automation_may_listen_to_the_acting_of_another(db: Database) -> None:
    an_automation(db, reacts("thing"), name="a")
    listening = an_automation(db, reacts("prefect.automation.triggered"), name="b")
    someone = Someone(db)
    happens(db, "thing")

    assert [someone.looks(LATER) for _ in range(4)] == [1, 1, 0, 0]
    assert len(firings_of(db, listening)) == 1
