from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from uuid import uuid4

import pytest

from prefect import flow, task
from prefect._clock import now
from prefect._internal.concurrency.cancellation import CancelledError
from prefect._orchestration import flow_runs, taking_slots
from prefect._store.database import Database
from prefect.concurrency.sync import concurrency, rate_limit
from prefect.exceptions import (
    AcquireConcurrencySlotTimeoutError,
    ConcurrencySlotAcquisitionError,
    ConcurrencySlotsLost,
)
from tests.concurrency.limits import a_limit, active, holders, waiting
from tests.serving import until


def in_threads(count: int, work: Callable[[int], None]) -> list[threading.Thread]:
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    return threads


def test_slots_are_held_while_the_block_lasts(db: Database) -> None:
    a_limit(db, limit=3)

    with concurrency("x", occupy=2):
        assert active(db) == 2

    assert active(db) == 0


def test_what_is_raised_in_the_block_gives_the_slots_back(db: Database) -> None:
    a_limit(db)

    with pytest.raises(KeyError), concurrency("x"):
        raise KeyError

    assert active(db) == 0


def test_it_decorates_functions(db: Database) -> None:
    a_limit(db)

    @concurrency("x")
    def held() -> int:
        return active(db)

    assert [held(), held()] == [1, 1]
    assert active(db) == 0


def test_many_who_wait_have_their_turns_one_after_another(db: Database) -> None:
    a_limit(db)
    inside, most = 0, 0

    def work(number: int) -> None:
        nonlocal inside, most
        with concurrency("x"):
            inside += 1
            most = max(most, inside)
            time.sleep(0.001)
            inside -= 1

    for thread in in_threads(40, work):
        thread.join(30)

    assert most == 1
    assert (active(db), waiting(db)) == (0, 0)


def test_a_slot_that_is_given_back_is_taken_at_once(db: Database) -> None:
    a_limit(db)
    taken_at = 0.0

    def work(number: int) -> None:
        nonlocal taken_at
        with concurrency("x"):
            taken_at = time.monotonic()

    with concurrency("x"):
        [thread] = in_threads(1, work)
        until(lambda: waiting(db) == 1)
    given_at = time.monotonic()
    thread.join(30)

    assert taken_at - given_at < 1


def test_who_waits_too_long_is_told_and_stands_in_line_no_more(db: Database) -> None:
    a_limit(db)

    with concurrency("x"):
        for seconds in (0, 0.05):
            told = f"after {seconds} second"
            with pytest.raises(AcquireConcurrencySlotTimeoutError, match=told), concurrency("x", 1, seconds):
                pytest.fail("There is no slot.")

    assert (active(db), waiting(db)) == (0, 0)


def test_tries_are_used_up(db: Database) -> None:
    a_limit(db)

    none_left = pytest.raises(ConcurrencySlotAcquisitionError, match="423 Locked")
    with concurrency("x"), none_left, concurrency("x", max_retries=0):
        pytest.fail("There is no slot.")


def test_a_name_that_is_no_limits_is_warned_of_or_refused(db: Database, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), concurrency("none"):
        assert "do not exist" in caplog.text

    with pytest.raises(ConcurrencySlotAcquisitionError, match="must be created"), concurrency("none", strict=True):
        pytest.fail("There is no such limit.")
    with concurrency([]):
        pass


def test_what_will_never_be_had_is_refused_at_once(db: Database) -> None:
    a_limit(db)
    a_limit(db, "closed", limit=0)

    for names, slots, why in (("x", 2, "2 asked for"), ("closed", 1, "'closed' has 0"), ("x", 0, "at least 1")):
        with pytest.raises(ConcurrencySlotAcquisitionError, match=why), concurrency(names, occupy=slots):
            pytest.fail("There are no such slots.")
    with pytest.raises(ConcurrencySlotAcquisitionError, match="lease_duration"), concurrency("x", lease_duration=0):
        pytest.fail("There is no such lease.")
    with pytest.raises(ConcurrencySlotAcquisitionError, match="slot_decay_per_second"):
        rate_limit("x")


def test_a_pace_is_kept(db: Database) -> None:
    a_limit(db, limit=1, slot_decay_per_second=20)
    began = time.monotonic()

    for _ in range(5):
        rate_limit("x")

    assert time.monotonic() - began >= 0.19


def test_a_lease_is_renewed_for_as_long_as_the_block_lasts(db: Database) -> None:
    a_limit(db)

    with concurrency("x", lease_duration=1):
        [first] = holders(db)
        assert first.expires_at is not None
        end = first.expires_at
        until(lambda: now() > end)

        assert active(db) == 1


def test_who_lost_its_slots_is_warned(db: Database, caplog: pytest.LogCaptureFixture) -> None:
    a_limit(db)

    with concurrency("x", lease_duration=1):
        [held] = holders(db)
        taking_slots.end(db, held.lease_id, now=now(), new_id=uuid4)

        until(lambda: "are held no longer" in caplog.text)


def test_a_strict_block_ends_when_its_slots_are_lost(db: Database) -> None:
    a_limit(db)

    @concurrency("x", lease_duration=1, strict=True)
    def work() -> None:
        [held] = holders(db)
        taking_slots.end(db, held.lease_id, now=now(), new_id=uuid4)
        until(lambda: False, 10)

    with pytest.raises(ConcurrencySlotsLost) as raised:
        work()
    assert isinstance(raised.value, CancelledError)


def test_a_flow_that_loses_its_slots_is_crashed_and_says_why(db: Database) -> None:
    a_limit(db)

    @flow
    def works() -> None:
        with concurrency("x", lease_duration=1, strict=True):
            [held] = holders(db)
            taking_slots.end(db, held.lease_id, now=now(), new_id=uuid4)
            until(lambda: False, 10)

    with pytest.raises(CancelledError):
        works()

    [run] = [run for run, _ in flow_runs.list_runs(db, limit=10)]
    assert run.state is not None
    assert run.state.is_crashed()
    assert "slots are held no longer" in str(run.state.message)


def test_the_run_that_holds_a_slot_is_told(db: Database) -> None:
    a_limit(db)

    @task
    def hold() -> tuple[str | None, str | None]:
        with concurrency("x"):
            until(lambda: holders(db)[0].holder_name is not None)
            [held] = holders(db)
            return held.holder_type, held.holder_name

    @flow
    def holds() -> tuple[str | None, str | None]:
        return hold()

    kind, name = holds()
    assert kind == "task_run"
    assert str(name).startswith("hold-")
