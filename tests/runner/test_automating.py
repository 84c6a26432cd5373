"""The loop that carries automations out: woken by commits, on time for what does not come, and not alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest

from prefect._clock import now
from prefect._domain.actions import DoNothing, RunDeployment, SendNotification
from prefect._store.database import Database
from prefect.runner.automating import Automating
from tests._orchestration.automated import Sent, an_automation, awaits, firings_of, happens, reacts
from tests._orchestration.deployed import a_deployment, runs_of
from tests.databases import db, url

__all__ = ["db", "url"]
PATIENCE = 20.0


@contextmanager
def looking(db: Database, count: int = 1) -> Iterator[list[Automating]]:
    """So many loops at work, each as in a process of its own."""
    loops = [Automating(db, sender=Sent()) for _ in range(count)]
    threads = [threading.Thread(target=one.run) for one in loops]
    for thread in threads:
        thread.start()
    try:
        yield loops
    finally:
        for one in loops:
            one.stop()
        for thread in threads:
            thread.join()


def seconds_until(is_so: Callable[[], bool]) -> float:
    """How long it took until something was so."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < PATIENCE
        time.sleep(0.005)
    return time.monotonic() - began


def test_an_event_that_is_committed_wakes_who_looks(db: Database) -> None:
    deployment = a_deployment(db)
    an_automation(db, reacts("thing"), RunDeployment(deployment_id=deployment.id), at=now())

    with looking(db):
        happens(db, "thing", at=now())
        waited = seconds_until(lambda: len(runs_of(db, deployment.id)) == 1)

    assert waited < 5


def test_what_does_not_come_is_acted_on_when_its_window_is_over(db: Database) -> None:
    began = now() - timedelta(seconds=9.7)
    automation = an_automation(db, awaits("beat", seconds=10), at=began)

    with looking(db):
        seconds_until(lambda: bool(firings_of(db, automation)))

    (recorded,) = firings_of(db, automation)
    assert recorded.firing.moment == began + timedelta(seconds=10)
    assert timedelta(0) < recorded.recorded - recorded.firing.moment < timedelta(seconds=5)


def test_several_who_look_act_on_each_event_once(db: Database) -> None:
    deployment = a_deployment(db)
    runs = RunDeployment(deployment_id=deployment.id)
    automation = an_automation(db, reacts("thing"), runs, DoNothing(), at=now())

    with looking(db, 3) as loops:
        for _ in range(30):
            happens(db, "thing", at=now())
        seconds_until(lambda: sum(one.acted for one in loops) >= 30)

    acts = [act for one in firings_of(db, automation) for act in one.acts]
    assert len(runs_of(db, deployment.id)) == 30
    assert [act.status for act in acts] == ["executed"] * 60
    assert sum(one.fired for one in loops) == 30


def test_an_action_that_cannot_be_done_stops_nothing_and_is_told(
    db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    broken = an_automation(db, reacts("thing"), SendNotification(block_document_id=uuid4(), body="x"), at=now())
    sound = an_automation(db, reacts("thing"), at=now(), name="b")

    with looking(db):
        happens(db, "thing", at=now())
        seconds_until(lambda: all(_has_ended(db, one.id) for one in (broken, sound)))

    assert firings_of(db, broken)[0].acts[0].status == "failed"
    assert "There is no block document" in (firings_of(db, broken)[0].acts[0].reason or "")
    assert "send-notification failed: There is no block document" in caplog.text


def _has_ended(db: Database, automation_id: object) -> bool:
    with db.read() as conn:
        rows = conn.execute(
            "SELECT COUNT(*) FROM automation_action a JOIN automation_firing f ON f.id = a.firing_id "
            "WHERE f.automation_id = ? AND a.status <> 'open'",
            (str(automation_id),),
        )
    return bool(rows[0][0])
