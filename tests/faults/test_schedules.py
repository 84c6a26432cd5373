"""Schedules and clocks while servers come and go: each time has one run, and no clock ends a run that lives."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from threading import Thread
from uuid import uuid4

import pytest

from prefect._clock import new_id, now
from prefect._domain.flow_runs import FlowRun
from prefect._domain.leases import Lease
from prefect._domain.schedules import CronSchedule, IntervalSchedule
from prefect._domain.work_pools import DEFAULT_POOL
from prefect._engine.recorders import recorder
from prefect._orchestration import work_pools
from prefect._orchestration.duties.leases import end_abandoned_runs
from prefect._orchestration.duties.scheduling import plan_runs
from prefect._orchestration.flow_runs import renew_claims
from prefect.runner.duties import LEASES, Duties
from tests import recorded
from tests.faults.programs import carried_out
from tests.faults.servers import serving
from tests.runner.scenes import deployed, found, state_of, triggered

pytestmark = pytest.mark.long

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
EVERY_SECOND = IntervalSchedule(SECOND, datetime(2026, 1, 1, tzinfo=timezone.utc))
NOTING = "@flow\ndef around():\n    note('ledger', os.environ['PREFECT__FLOW_RUN_ID'])\n"


def test_two_servers_on_one_database_give_each_time_one_run_also_when_one_is_killed() -> None:
    deployed(NOTING, schedules=[EVERY_SECOND], work_pool_name=DEFAULT_POOL)
    with serving() as first, serving() as second:
        found(lambda: len(ended_runs()) >= 2, "runs of both servers")
        first.kill()
        assert f"process {first.pid}, port {first.port}" in second.said.read_text()
        so_far = len(ended_runs())
        found(lambda: len(ended_runs()) >= so_far + 2, "runs of the other server")

    runs = [run for run in recorded.flow_runs() if run.run_count]
    due = sorted(run.expected_start_time for run in runs if run.expected_start_time)
    assert [later - earlier for earlier, later in pairwise(due)] == (len(due) - 1) * [SECOND]
    assert max(Counter(run.expected_start_time for run in recorded.flow_runs()).values()) == 1
    assert max(Counter(Path("ledger").read_text().split()).values()) == 1
    assert all(run.start_time and run.expected_start_time and run.start_time >= run.expected_start_time for run in runs)


def ended_runs() -> list[FlowRun]:
    return [run for run in recorded.flow_runs() if run.state is not None and run.state.is_completed()]


WITHOUT_ZONES = """
sys.modules["tzdata"] = None

import orjson
from prefect._api.dispatching import Request
from prefect._engine.recorders import recorder
from prefect._orchestration.duties.scheduling import plan_runs
from prefect._clock import new_id, now
from prefect.client.transports import LocalTransport

def asked(path, body):
    return LocalTransport(recorder().db).send(Request("POST", path, {}, orjson.dumps(body)))

flow_id = orjson.loads(asked("/flows/", {"name": "f"}).content)["id"]
for zone in ("Asia/Shanghai", "UTC"):
    schedule = {"schedule": {"cron": "0 8 * * *", "timezone": zone}}
    reply = asked("/deployments/", {"name": zone, "flow_id": flow_id, "schedules": [schedule]})
    print(reply.status, reply.content.decode())
print(plan_runs(recorder().db, now=now(), new_id=new_id, new_name=lambda: "planned"))
"""


def test_where_there_are_no_time_zones_a_schedule_in_one_is_refused_and_the_others_are_planned() -> None:
    deployed(NOTING, schedules=[CronSchedule("0 8 * * *", "Asia/Shanghai")])

    told = carried_out(WITHOUT_ZONES, PYTHONTZPATH="")

    assert told.returncode == 0, told.stderr
    refused, made, count = told.stdout.splitlines()
    assert refused.startswith("422 ")
    assert all(word in refused for word in ("Asia/Shanghai", "tzdata"))
    assert made.startswith("201 ")
    assert int(count) >= 1


def planned(at: datetime) -> int:
    return plan_runs(recorder().db, now=at, new_id=uuid4, new_name=lambda: "planned")


@pytest.mark.parametrize("jump", [-HOUR, HOUR])
def test_a_clock_that_is_set_makes_no_time_twice_and_loses_none(jump: timedelta) -> None:
    hourly = IntervalSchedule(HOUR, datetime(2026, 1, 1, tzinfo=timezone.utc))
    deployed("", schedules=[hourly])
    start = now()

    for moment in (start, start + jump, start, start + 2 * HOUR, start + jump):
        planned(moment)

    due = sorted(run.expected_start_time for run in recorded.flow_runs() if run.expected_start_time)
    assert due == [due[0] + number * HOUR for number in range(len(due))]
    assert min(due) <= start + HOUR
    assert len(due) == len(set(due))


class SetClock:
    """A clock that can be set."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return now() + self.ahead


@pytest.mark.parametrize("jump", [-HOUR, HOUR])
def test_a_clock_that_is_set_ends_no_run_that_lives_and_every_one_that_died(
    jump: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_FLOWS_LEASE_SECONDS", "1")
    clock, db = SetClock(), recorder().db
    deployment = deployed("")
    living, dead = triggered(deployment), triggered(deployment)
    of_living, of_dead = Lease("living", timedelta(seconds=30)), Lease("dead", timedelta(seconds=30))
    for lease in (of_living, of_dead):
        work_pools.claim_of_deployments(db, [deployment], lease, limit=1, now=clock(), new_id=new_id)
    looks: list[object] = []
    looking = LEASES._replace(
        every=0.05, do=lambda db: looks.append(end_abandoned_runs(db, now=clock(), new_id=new_id))
    )
    duties = Duties(db, (looking,), clock=clock)
    thread = Thread(target=duties.run)
    thread.start()
    try:
        found(lambda: looks, "look at the leases")
        clock.ahead = jump
        found(lambda: renewed(of_living, living, clock) and state_of(dead).is_scheduled(), "claim that was lost")
        assert state_of(living).is_pending()
    finally:
        duties.stop()
        thread.join()


def renewed(lease: Lease, run: FlowRun, clock: SetClock) -> bool:
    renew_claims(recorder().db, [run.id], lease, now=clock())
    return True
