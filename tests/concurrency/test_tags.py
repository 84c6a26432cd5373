"""Task runs take the slots of those of their tags that have a limit."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from prefect import flow, get_client, tags, task
from prefect._store.database import Database
from prefect.exceptions import ConcurrencySlotAcquisitionError
from tests.concurrency.limits import a_limit, active, holders, waiting
from tests.serving import until


class Room:
    """Counts how many are inside at the same time."""

    def __init__(self) -> None:
        self.inside = self.most = 0
        self._counting = threading.Lock()

    @contextmanager
    def entered(self) -> Iterator[None]:
        with self._counting:
            self.inside += 1
            self.most = max(self.most, self.inside)
        yield
        with self._counting:
            self.inside -= 1


def test_no_more_task_runs_go_on_than_the_limit_of_their_tag_says(db: Database) -> None:
    a_limit(db, "tag:a", 2)
    room, full = Room(), threading.Event()

    @task(tags=["a", "free"])
    def work(number: int) -> int:
        with room.entered():
            full.wait(0.01)
        return number

    @flow
    def works() -> int:
        return sum(work.map(range(8)).result())

    assert works() == 28
    assert room.most == 2
    assert active(db, "tag:a") == 0


def test_async_task_runs_wait_for_their_slots_too(db: Database) -> None:
    a_limit(db, "tag:a", 1)
    room = Room()

    @task
    async def work() -> None:
        with room.entered():
            await asyncio.sleep(0)

    @flow
    async def works() -> None:
        with tags("a"):
            await asyncio.gather(*(work() for _ in range(8)))

    asyncio.run(works())

    assert room.most == 1
    assert active(db, "tag:a") == 0


def test_a_task_run_that_waits_is_not_running_yet_and_is_shown(db: Database) -> None:
    a_limit(db, "tag:a", 1)
    go_on = threading.Event()

    @task(tags=["a"])
    def first() -> None:
        go_on.wait(20)

    @task(tags=["a"])
    def second() -> None: ...

    @flow
    def works() -> list[str | None]:
        one = first.submit()
        until(lambda: bool(holders(db, "tag:a")))
        two = second.submit()
        until(lambda: waiting(db, "tag:a") == 1)
        seen = two.state.name
        go_on.set()
        one.wait()
        two.wait()
        return [seen, two.state.name]

    assert works() == ["Pending", "Completed"]


def test_a_slot_is_taken_for_each_try_and_not_held_between_them(db: Database) -> None:
    a_limit(db, "tag:a", 1)
    taken = []

    @task(tags=["a"], retries=1, retry_delay_seconds=0.3)
    def fails() -> None:
        taken.append(active(db, "tag:a"))
        raise ValueError

    @flow
    def works() -> None:
        failing = fails.submit()
        until(lambda: len(taken) == 1 and not holders(db, "tag:a"))
        failing.wait()

    works()

    assert taken == [1, 1]
    assert active(db, "tag:a") == 0


def test_a_tag_that_is_closed_fails_the_task_run(db: Database) -> None:
    a_limit(db, "tag:a", 0)

    @task(tags=["a"])
    def work() -> None:
        pytest.fail("It may not run.")

    @flow
    def works() -> str | None:
        state = work(return_state=True)
        with pytest.raises(ConcurrencySlotAcquisitionError, match="'tag:a' has 0"):
            state.result()
        return state.name

    assert works() == "Failed"


def test_a_limit_that_is_made_between_two_flow_runs_holds_for_the_second(db: Database) -> None:
    taken = []

    @task(tags=["a"])
    def work() -> None:
        taken.append(len(holders(db, "tag:a")))

    @flow
    def works() -> None:
        work()

    works()
    a_limit(db, "tag:a", 1)
    works()

    assert taken == [0, 1]


def test_a_limit_that_is_made_inside_a_flow_holds_at_once(db: Database) -> None:
    taken = []

    @task
    def work() -> None:
        taken.append(len(holders(db, "tag:a")))

    @flow
    def works() -> None:
        with tags("a"):
            work()
            with get_client(sync_client=True) as client:
                client.create_concurrency_limit("a", 1)
            work()
            with get_client(sync_client=True) as client:
                client.delete_concurrency_limit_by_tag("a")
            work()

    works()

    assert taken == [0, 1, 0]
