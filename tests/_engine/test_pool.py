"""The pool of threads: whatever may begin has a thread, and no thread is kept that nobody needs."""

from __future__ import annotations

import threading
import time

import pytest

from prefect._engine import pool as pools
from prefect._engine.pool import ThreadPool


def test_works_that_wait_for_one_another_all_begin() -> None:
    pool = ThreadPool(None, "test")
    for _ in range(2_000):
        meeting = threading.Barrier(3, timeout=20)
        for future in [pool.submit(meeting.wait) for _ in range(3)]:
            future.result(20)
    pool.close()


def test_threads_are_used_again() -> None:
    pool = ThreadPool(None, "test")

    names = {pool.submit(lambda: threading.current_thread().ident).result(20) for _ in range(100)}

    assert len(names) < 100  # a thread that has just answered may not be free yet
    pool.close()


def test_a_bound_holds_and_everything_is_done() -> None:
    pool = ThreadPool(2, "test")
    under_way, most, change = 0, 0, threading.Lock()

    def counted() -> None:
        nonlocal under_way, most
        with change:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.001)
        with change:
            under_way -= 1

    for future in [pool.submit(counted) for _ in range(50)]:
        future.result(20)

    assert most <= 2
    pool.close()


def test_a_thread_that_ends_leaves_no_work_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "IDLE_SECONDS", 0.0005)
    pool = ThreadPool(None, "test")

    for number in range(2_000):
        time.sleep(0.0005 if number % 3 else 0)
        assert pool.submit(lambda number=number: number).result(20) == number  # type: ignore[misc]
    pool.close()


def test_what_was_cancelled_needs_no_thread() -> None:
    pool = ThreadPool(1, "test")
    begun, go_on = threading.Event(), threading.Event()

    def begin() -> bool:
        begun.set()
        return go_on.wait(20)

    first = pool.submit(begin)
    others = [pool.submit(int) for _ in range(5)]
    begun.wait(20)

    pool.cancel_waiting()
    go_on.set()

    assert first.result(20)
    assert [future.cancelled() for future in others] == [True] * 5
    pool.join()
    pool.close()


def test_nothing_begins_while_what_begins_would_be_held_up() -> None:
    is_held = True
    pool = ThreadPool(None, "test", is_held=lambda: is_held)
    works = [pool.submit(threading.current_thread) for _ in range(20)]

    with pytest.raises(TimeoutError):
        works[0].result(0.1)
    is_held = False

    assert all(work.result(20) for work in works)
    pool.close()


def test_work_that_blocks_does_not_keep_other_work_from_beginning_on_a_busy_interpreter() -> None:
    pool = ThreadPool(None, "test")
    is_over = threading.Event()
    busy = threading.Thread(target=lambda: [None for _ in iter(is_over.is_set, True)], daemon=True)
    busy.start()
    meeting = threading.Barrier(20, timeout=20)

    works = [pool.submit(meeting.wait) for _ in range(20)]

    assert sorted(work.result(20) for work in works) == list(range(20))
    is_over.set()
    pool.close()
