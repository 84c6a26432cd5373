"""The loop of duties: what is to be done is done in time, at once where something has changed, and it costs nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

from prefect._clock import new_id, now
from prefect._domain.leases import Lease
from prefect._domain.schedules import IntervalSchedule
from prefect._engine.recorders import recorder
from prefect._orchestration import work_pools
from prefect.runner.duties import DUTIES, Duties
from tests import recorded
from tests.runner.scenes import deployed, found, running, state_of, triggered, written

HOURLY = IntervalSchedule(timedelta(hours=1), datetime(2026, 1, 1, tzinfo=timezone.utc))
EVERY_SECOND = IntervalSchedule(timedelta(seconds=1), datetime(2026, 1, 1, tzinfo=timezone.utc))


@contextmanager
def at_work(duties: Duties) -> Iterator[None]:
    thread = threading.Thread(target=duties.run)
    thread.start()
    try:
        yield
    finally:
        duties.stop()
        thread.join()


def test_the_runs_of_a_schedule_are_planned_as_soon_as_it_is_applied() -> None:
    with at_work(Duties(recorder().db)):
        deployed("", schedules=[HOURLY])
        found(lambda: len(recorded.flow_runs()) >= 3, "planned runs")


def test_schedules_run_with_a_runner_and_the_duties_alone() -> None:
    deployment = deployed("@flow\ndef around():\n    note('ran')\n", schedules=[EVERY_SECOND])

    with at_work(Duties(recorder().db)), running(deployment):
        written("ran")
        found(lambda: any(run.state and run.state.is_completed() for run in recorded.flow_runs()), "completed run")


def test_a_claim_that_was_lost_goes_back() -> None:
    deployment = deployed("")
    run = triggered(deployment)
    lease = Lease("elsewhere:1:x", timedelta(seconds=0.1))
    work_pools.claim_of_deployments(recorder().db, [deployment], lease, limit=1, now=now(), new_id=new_id)
    quick = tuple(duty._replace(every=0.05) for duty in DUTIES)

    with at_work(Duties(recorder().db, quick)):
        found(lambda: state_of(run).is_scheduled(), "lost claim")


def test_a_duty_that_fails_does_not_keep_the_others_from_being_done() -> None:
    def fails(db: object) -> None:
        raise RuntimeError("broken")

    broken = DUTIES[1]._replace(do=fails)

    with at_work(Duties(recorder().db, (broken, DUTIES[0]))):
        deployed("", schedules=[HOURLY])
        found(lambda: recorded.flow_runs(), "planned runs")


def test_it_says_of_each_duty_when_it_was_done_and_what_went_wrong() -> None:
    def fails(db: object) -> None:
        raise RuntimeError("broken")

    before, duties = now(), Duties(recorder().db, (DUTIES[1]._replace(name="failing", do=fails), DUTIES[0]))
    assert [(account.name, account.began) for account in duties.accounts.values()] == [
        ("failing", None),
        (DUTIES[0].name, None),
    ]

    with at_work(duties):
        found(lambda: all(account.began for account in duties.accounts.values()), "accounts of all duties")

    failing, well = duties.accounts.values()
    assert failing.began is not None
    assert before <= failing.began <= now()
    assert (failing.fault, well.fault) == ("RuntimeError: broken", None)


def test_it_ends_soon_after_it_is_told_to() -> None:
    duties = Duties(recorder().db)
    with at_work(duties):
        began = time.monotonic()
    assert time.monotonic() - began < 2
