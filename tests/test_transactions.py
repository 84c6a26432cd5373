"""Transactions and locks: what is kept together is undone together."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from prefect import flow, task
from prefect.cache_policies import INPUTS, CachePolicy
from prefect.exceptions import ConfigurationError
from prefect.locking.filesystem import FileSystemLockManager
from prefect.locking.memory import MemoryLockManager
from prefect.results import ResultStore
from prefect.transactions import (
    CommitMode,
    IsolationLevel,
    Transaction,
    TransactionState,
    atransaction,
    get_transaction,
    transaction,
)
from tests.recorded import history, task_runs

told: list[str] = []


@pytest.fixture(autouse=True)
def _nothing_told() -> None:
    told.clear()


@task(persist_result=True)
def write(name: str) -> str:
    told.append(f"write {name}")
    return name


@write.on_rollback
def undo(txn: Transaction) -> None:
    told.append("undo")


@write.on_commit
def confirm(txn: Transaction) -> None:
    told.append("confirm")


@task
def fail() -> None:
    raise ValueError("no")


def test_when_a_later_task_fails_the_earlier_ones_are_undone() -> None:
    @flow
    def both() -> None:
        with transaction():
            write("a")
            write("b")
            fail()

    with pytest.raises(ValueError, match="no"):
        both()

    assert told == ["write a", "write b", "undo", "undo"]


def test_when_all_goes_well_everything_is_confirmed_at_the_end(home: Path) -> None:
    kept_inside: list[bool] = []

    @flow
    def both() -> None:
        with transaction():
            write("a")
            kept_inside.append((home / "storage").exists())
            write("b")

    both()

    assert told == ["write a", "write b", "confirm", "confirm"]
    assert kept_inside == [False]
    assert len(list((home / "storage").iterdir())) == 2


def test_a_task_that_failed_has_nothing_to_undo() -> None:
    @task
    def half() -> None:
        raise ValueError("half-way")

    @half.on_rollback
    def clean(txn: Transaction) -> None:
        told.append("clean")

    with pytest.raises(ValueError, match="half-way"), transaction():
        half()

    assert told == []


def test_hooks_share_values_with_the_transaction() -> None:
    @task
    def first() -> None:
        return None

    @first.on_rollback
    def hook(txn: Transaction) -> None:
        told.append(txn.get("path"))

    def around() -> None:
        with transaction() as opened:
            opened.set("path", "/a")
            first()
            fail()

    with pytest.raises(ValueError, match="no"):
        around()

    assert told == ["/a"]


def test_a_value_is_given_as_a_copy_and_looked_for_outside() -> None:
    with transaction() as outer:
        outer.set("list", [1])
        with transaction() as inner:
            inner.get("list").append(2)

            assert inner.get("list") == [1]
            assert inner.get("none", default=None) is None
            assert get_transaction() is inner
            assert inner.get_parent() is outer
            with pytest.raises(ValueError, match="no value 'none'"):
                inner.get("none")
    assert get_transaction() is None


def test_a_key_that_is_known_commits_at_once() -> None:
    with transaction(key="once") as first:
        assert first.is_active()
        first.stage({"a": 1})
    with transaction(key="once") as second:
        assert second.is_committed()
        record = second.read()
    with transaction(key="once", overwrite=True) as third:
        assert not third.is_committed()
        third.stage({"a": 2})
    with transaction(key="once") as fourth:
        again = fourth.read()

    assert record is not None
    assert again is not None
    assert (record.result, again.result) == ({"a": 1}, {"a": 2})


def test_nothing_is_kept_of_a_block_that_raises() -> None:
    def block() -> None:
        with transaction(key="half") as opened:
            opened.stage(1)
            raise KeyError

    with pytest.raises(KeyError):
        block()

    with transaction(key="half") as again:
        assert not again.is_committed()


def test_an_eager_transaction_commits_at_its_own_end() -> None:
    with transaction(), transaction(key="inner", commit_mode=CommitMode.EAGER) as inner:
        inner.stage(1)
    with transaction():
        with transaction(key="eager", commit_mode=CommitMode.EAGER) as inner:
            inner.stage(1)
        assert ResultStore().exists("eager")


def test_a_lazy_one_waits_for_the_outermost() -> None:
    with transaction():
        with transaction(key="lazy") as inner:
            inner.stage(1)
        assert not ResultStore().exists("lazy")
    assert ResultStore().exists("lazy")


def test_off_commits_only_when_told() -> None:
    with transaction(key="off", commit_mode=CommitMode.OFF) as opened:
        opened.stage(1)
    assert opened.state is TransactionState.ROLLED_BACK
    with transaction(key="off", commit_mode=CommitMode.OFF) as opened:
        opened.stage(1)
        assert opened.commit()

    assert ResultStore().exists("off")


def test_without_write_on_commit_nothing_is_written() -> None:
    with transaction(key="unwritten", write_on_commit=False) as opened:
        opened.stage(1)

    assert opened.is_committed()
    assert not ResultStore().exists("unwritten")


def test_what_cannot_be_committed_is_rolled_back_and_not_raised() -> None:
    with transaction(key="lock") as opened:
        opened.stage(threading.Lock(), on_rollback_hooks=[lambda txn: told.append("undone")])

    assert opened.is_rolled_back()
    assert told == ["undone"]


def test_a_commit_hook_that_raises_rolls_back() -> None:
    def breaks(txn: Transaction) -> None:
        raise RuntimeError("publishing failed")

    with transaction(key="published") as opened:
        opened.stage(1, on_commit_hooks=[breaks], on_rollback_hooks=[lambda txn: told.append("undone")])

    assert opened.is_rolled_back()
    assert told == ["undone"]
    assert not ResultStore().exists("published")


def test_a_rollback_hook_that_raises_does_not_stop_the_others() -> None:
    def breaks(txn: Transaction) -> None:
        raise RuntimeError

    def block() -> None:
        with transaction() as opened:
            opened.stage(1, on_rollback_hooks=[lambda txn: told.append("first"), breaks])
            raise KeyError

    with pytest.raises(KeyError):
        block()

    assert told == ["first"]


def test_async_transactions() -> None:
    async def main() -> bool:
        async with atransaction(key="async") as opened:
            opened.stage(1)
        async with atransaction(key="async") as again:
            return again.is_committed()

    assert asyncio.run(main())


def test_a_task_whose_transaction_rolled_back_is_shown_so() -> None:
    def block() -> None:
        with transaction():
            write("a")
            raise KeyError

    with pytest.raises(KeyError):
        block()

    assert [run.state_name for run in task_runs()] == ["RolledBack"]
    assert history(task_runs()[0]) == ["Pending", "Running", "Completed", "RolledBack"]


@pytest.fixture(params=["memory", "files"])
def locks(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return MemoryLockManager() if request.param == "memory" else FileSystemLockManager(tmp_path / "locks")


def test_a_lock_has_one_holder(locks: Any) -> None:
    assert locks.acquire_lock("k", "a")
    assert locks.acquire_lock("k", "a")
    assert not locks.acquire_lock("k", "b", acquire_timeout=0.01)
    assert locks.is_locked("k")
    assert locks.is_lock_holder("k", "a")
    assert not locks.is_lock_holder("k", "b")
    assert not locks.wait_for_lock("k", timeout=0.01)
    with pytest.raises(ValueError, match="b"):
        locks.release_lock("k", "b")

    locks.release_lock("k", "a")

    assert not locks.is_locked("k")
    assert locks.wait_for_lock("k", timeout=0.01)
    assert locks.acquire_lock("k", "b")
    locks.release_lock("k", "b")


def test_a_hold_runs_out(locks: Any) -> None:
    assert locks.acquire_lock("short", "a", hold_timeout=0.05)
    assert locks.acquire_lock("short", "b", acquire_timeout=5)
    locks.release_lock("short", "b")


def test_whoever_waits_has_the_lock_when_it_is_free(locks: Any) -> None:
    locks.acquire_lock("w", "a")
    had: list[bool] = []
    waiting = threading.Thread(target=lambda: had.append(locks.acquire_lock("w", "b", acquire_timeout=10)))
    waiting.start()
    locks.release_lock("w", "a")
    waiting.join()

    assert had == [True]
    locks.release_lock("w", "b")


def test_locks_can_be_awaited(locks: Any) -> None:
    async def main() -> list[bool]:
        taken = [await locks.aacquire_lock("async", "a"), await locks.await_for_lock("async", timeout=0.01)]
        locks.release_lock("async", "a")
        return [*taken, await locks.await_for_lock("async")]

    assert asyncio.run(main()) == [True, False, True]


def serial(locks: Any, policy: CachePolicy = INPUTS) -> CachePolicy:
    """A policy by which runs of one key never overlap."""
    return policy.configure(isolation_level=IsolationLevel.SERIALIZABLE, lock_manager=locks)


def test_async_tasks_of_one_key_take_turns_in_one_event_loop(locks: Any) -> None:
    ran: list[int] = []

    @task(cache_policy=serial(locks))
    async def slow(x: int) -> int:
        ran.append(x)
        await asyncio.sleep(0.01)
        return x

    @flow
    async def at_once() -> list[int]:
        return await asyncio.gather(*(slow(number % 2) for number in range(40)))

    assert asyncio.run(asyncio.wait_for(at_once(), 20)) == [0, 1] * 20
    assert sorted(ran) == [0, 1]


def test_the_event_loop_goes_on_while_a_task_waits_for_a_lock_of_another_thread(locks: Any) -> None:
    begun, may_end = threading.Event(), threading.Event()

    @task(cache_policy=serial(locks), name="held")
    def holds(x: int) -> str:
        begun.set()
        assert may_end.wait(20)
        return "held"

    @task(cache_policy=serial(locks), name="held")
    async def waits(x: int) -> str:
        return "anew"

    @flow
    async def around() -> tuple[str, str]:
        holding = holds.submit(1)
        assert begun.wait(20)
        waiting = asyncio.ensure_future(waits(1))
        await asyncio.sleep(0.01)
        may_end.set()
        return await waiting, holding.result()

    assert asyncio.run(around()) == ("held", "held")


def test_a_cancelled_waiter_takes_no_lock(locks: Any) -> None:
    async def main() -> bool:
        async with atransaction(
            "c", isolation_level=IsolationLevel.SERIALIZABLE, store=ResultStore(lock_manager=locks)
        ):
            waiting = asyncio.ensure_future(locks.aacquire_lock("c", "another"))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait([waiting])
        return bool(locks.is_locked("c"))

    assert asyncio.run(main()) is False


def test_async_transactions_of_one_key_take_turns(locks: Any) -> None:
    inside: list[str] = []

    async def turn(store: ResultStore) -> None:
        async with atransaction("turns", store, isolation_level=IsolationLevel.SERIALIZABLE, write_on_commit=False):
            inside.append("in")
            await asyncio.sleep(0.01)
            inside.append("out")

    async def main() -> None:
        store = ResultStore(lock_manager=locks)
        await asyncio.wait_for(asyncio.gather(turn(store), turn(store), turn(store)), 20)

    asyncio.run(main())

    assert inside == ["in", "out"] * 3


def test_what_a_transaction_has_locked_is_open_to_its_inner_ones(locks: Any) -> None:
    @task(cache_policy=serial(locks, INPUTS - "left"))
    def countdown(x: int, left: list[int]) -> int:
        return countdown(x, left) + 1 if left.pop() else 0

    @flow
    def around() -> list[int]:
        with transaction():
            return [countdown(1, [0, 1, 1]), countdown.submit(2, [0]).result(), countdown(2, [0])]

    assert around() == [2, 0, 0]


def test_who_waits_for_a_lock_that_only_the_same_thread_can_give_back_is_told() -> None:
    store = ResultStore(lock_manager=MemoryLockManager())

    async def holds(held: asyncio.Event) -> None:
        async with atransaction("mine", store, isolation_level=IsolationLevel.SERIALIZABLE):
            held.set()
            await asyncio.Event().wait()

    async def main() -> None:
        held = asyncio.Event()
        holding = asyncio.ensure_future(holds(held))
        await held.wait()
        try:
            with transaction("mine", store, isolation_level=IsolationLevel.SERIALIZABLE):
                pass
        finally:
            holding.cancel()
            await asyncio.wait([holding])

    with pytest.raises(RuntimeError, match="held by another transaction in this thread"):
        asyncio.run(main())


def test_a_store_asks_its_lock_manager() -> None:
    store = ResultStore(lock_manager=MemoryLockManager())

    assert store.supports_isolation_level(IsolationLevel.SERIALIZABLE)
    assert store.acquire_lock("s", "a", timeout=0.01)
    assert store.is_locked("s")
    assert store.is_lock_holder("s", "a")
    assert not store.wait_for_lock("s", timeout=0.01)
    store.release_lock("s", "a")


def test_a_store_without_locks_says_what_it_needs() -> None:
    assert not ResultStore().supports_isolation_level(IsolationLevel.SERIALIZABLE)
    assert ResultStore().supports_isolation_level(IsolationLevel.READ_COMMITTED)
    with pytest.raises(ConfigurationError, match="lock_manager"):
        ResultStore().acquire_lock("s", "a")


@task
def hooked() -> int:
    return 1


@hooked.on_commit
async def committed(_: Transaction) -> None:
    await asyncio.sleep(0)
    told.append("committed")


@hooked.on_rollback
async def undone(_: Transaction) -> None:
    await asyncio.sleep(0)
    told.append("undone")


def test_async_hooks_run_in_sync_flows() -> None:
    @flow
    def around() -> None:
        hooked()
        with transaction():
            hooked()
        with suppress(ValueError), transaction():
            hooked()
            raise ValueError

    around()

    assert told == ["committed", "committed", "undone"]


def test_async_hooks_run_in_async_flows() -> None:
    @flow
    async def around() -> None:
        hooked()
        with transaction():
            hooked()
        with suppress(ValueError):
            async with atransaction():
                hooked()
                raise ValueError

    asyncio.run(around())

    assert told == ["committed", "committed", "undone"]


def test_async_hooks_of_async_transactions_run_in_the_loop_of_the_flow() -> None:
    loops: list[Any] = []

    @task
    async def write_async() -> None: ...

    @write_async.on_commit
    async def tell_loop(_: Transaction) -> None:
        loops.append(asyncio.get_running_loop())

    @flow
    async def around() -> Any:
        await write_async()
        async with atransaction():
            await write_async()
        loops.append(asyncio.get_running_loop())

    asyncio.run(around())

    assert loops[0] is loops[1] is loops[2]
