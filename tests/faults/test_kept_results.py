"""Results whose writing is cut off, whose files are damaged, or that cannot be written: runs go on, nothing is torn."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from prefect import flow, task
from prefect.cache_policies import INPUTS
from prefect.results import ResultStore, get_result_store
from tests import recorded
from tests.faults.programs import carried_out

WRITTEN_WHILE_DYING = """
from prefect.results import get_result_store

def dying(name, dies_before):
    done = getattr(os, name)
    def call(*args, **options):
        if not dies_before:
            done(*args, **options)
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(os, name, call)

store = get_result_store()
dying("STEP", BEFORE)
store.write("new" * 100_000, key="k")
"""


@pytest.mark.parametrize(
    ("step", "before", "found"),
    [
        ("open", True, "old"),
        ("fsync", True, "old"),
        ("fsync", False, "old"),
        ("replace", True, "old"),
        ("replace", False, "new" * 100_000),
    ],
)
def test_a_result_whose_writing_was_cut_off_is_the_old_or_the_new_one(step: str, before: bool, found: str) -> None:
    get_result_store().write("old", key="k")

    told = carried_out(WRITTEN_WHILE_DYING.replace("STEP", step).replace("BEFORE", str(before)))

    assert told.returncode == -signal.SIGKILL
    assert ResultStore().read("k").result == found


CUT_OFF = """
import resource
from prefect.results import get_result_store

signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (BYTES, BYTES))
get_result_store().write("new" * 100_000, key="k")
"""


@pytest.mark.parametrize("is_there", [True, False])
@pytest.mark.parametrize("size", [0, 1, 100_000])
def test_a_result_whose_writer_died_after_so_many_bytes_is_the_old_one_or_absent(
    size: int, is_there: bool, home: Path
) -> None:
    if is_there:
        get_result_store().write("old", key="k")

    told = carried_out(CUT_OFF.replace("BYTES", str(size)))

    assert told.returncode == -signal.SIGXFSZ
    assert ResultStore().exists("k") is is_there
    assert not is_there or ResultStore().read("k").result == "old"
    assert [file.stat().st_size for file in (home / "storage").glob(".*.writing")] == [size]


def test_what_killed_writers_left_is_removed_by_a_later_one_and_nothing_else_is(home: Path) -> None:
    carried_out(CUT_OFF.replace("BYTES", "1"))
    [left] = (home / "storage").iterdir()
    a_days_work, of_others = home / "storage" / ".1.writing", home / "storage" / "old.writing"
    for file in (a_days_work, of_others):
        file.touch()
    for file in (left, of_others):
        os.utime(file, (0, 0))

    told = carried_out('from prefect.results import get_result_store\nget_result_store().write("new", key="k")')

    assert told.returncode == 0, told.stderr
    assert {file.name for file in (home / "storage").iterdir()} == {a_days_work.name, of_others.name, "k"}


def truncated(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20])


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def garbled(file: Path) -> None:
    file.write_bytes(os.urandom(200))


def of_a_class_that_is_gone(file: Path) -> None:
    pickled = b"Y25vX3N1Y2hfbW9kdWxlCnRoaW5nCi4=\\n"  # a reference to no_such_module.thing
    file.write_bytes(b'{"metadata":{"storage_key":"k","serializer":{"type":"pickle"}},"result":"' + pickled + b'"}')


def of_a_serializer_that_is_gone(file: Path) -> None:
    file.write_bytes(b'{"metadata":{"storage_key":"k","serializer":{"type":"of-old"}},"result":"1"}')


def removed(file: Path) -> None:
    file.unlink()


@pytest.mark.parametrize("serializer", ["pickle", "json"])
@pytest.mark.parametrize(
    "damage", [truncated, emptied, garbled, of_a_class_that_is_gone, of_a_serializer_that_is_gone, removed]
)
def test_a_damaged_result_is_made_anew_and_told_once(
    damage: Any, serializer: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: list[int] = []

    @task(cache_policy=INPUTS, persist_result=True, result_serializer=serializer)
    def remember(number: int) -> int:
        calls.append(number)
        return number

    @flow
    def around() -> int:
        return remember(1)

    around()
    (file,) = (path for path in (home / "storage").rglob("*") if path.is_file())
    damage(file)

    assert around() == 1
    assert around() == 1

    assert calls == [1, 1]
    assert {run.state_name for run in recorded.flow_runs()} == {"Completed"}
    told = [line for line in capsys.readouterr().err.splitlines() if "made anew now" in line]
    assert [file.name in line for line in told] == [True] * (damage is not removed)


def a_loop() -> Any:
    loop: list[Any] = []
    loop.append(loop)
    return loop


@pytest.mark.parametrize("serializer", ["pickle", "json", "compressed/pickle"])
@pytest.mark.parametrize(
    "value", [open, lambda: 1, object(), a_loop(), {1: {(1, 2): {3}}}, "\ud800", (n for n in "ab")]
)
def test_whatever_a_task_returns_its_flow_goes_on(value: Any, serializer: str) -> None:
    @task(persist_result=True, result_serializer=serializer)
    def gives() -> Any:
        return value

    @flow
    def around() -> bool:
        return gives(return_state=True).result() is not None

    assert around()

    assert recorded.the_task_run().state_name == "Completed"
    assert recorded.the_flow_run().state_name == "Completed"
    told = [line for line in recorded.log_lines(recorded.the_flow_run()) if "not kept" in line.message]
    assert {line.task_run_id for line in told} <= {recorded.the_task_run().id}
    assert all(type(value).__name__ in line.message for line in told)
    unkept = recorded.the_task_run().state
    assert unkept is not None
    assert (unkept.data == {"type": "unpersisted"}) is (len(told) == 1)


HUGE = """
import resource

@task(persist_result=True)
def huge():
    return bytes(100_000_000)

@task(persist_result=True)
def small():
    return 1

@flow
def around():
    held = huge()
    return len(held) + small()

resource.setrlimit(resource.RLIMIT_AS, (MOST << 20, MOST << 20))
assert around() == 100_000_001
"""


@pytest.mark.parametrize("limit", [400, 500, 4000])
def test_a_result_for_which_there_is_no_memory_is_told_and_its_flow_goes_on(limit: int) -> None:
    """What writes a result needs some times its size, and gives it back before anything is told."""
    told = carried_out(HUGE.replace("MOST", str(limit)))

    assert told.returncode == 0, told.stderr
    kept = ["storage_key" in (run.state.data or {}) for run in recorded.task_runs() if run.state is not None]
    assert kept == [limit == 4000, True]
    warnings = [line for line in recorded.messages(recorded.the_flow_run()) if "not kept" in line]
    assert all("A bytes cannot be pickled: MemoryError" in line for line in warnings)
    assert len(warnings) == kept.count(False)


STEPS = 4
KILLED_AFTER_EACH_STEP = """
@task(persist_result=True)
def step(number):
    note("ledger", number)
    return number

@flow
def around():
    for number in range(STEPS):
        step(number)
        if number == len(Path("tries").read_text().split()) - 1:
            os.kill(os.getpid(), signal.SIGKILL)
    return "well"

import uuid
note("tries", "x")
around.run({}, flow_run_id=uuid.UUID("12345678-0000-4000-8000-000000000000"))
"""


def test_a_run_that_is_killed_after_each_step_in_turn_does_no_step_twice() -> None:
    code = KILLED_AFTER_EACH_STEP.replace("STEPS", str(STEPS))
    told = [carried_out(code, PREFECT_FLOWS_LEASE_SECONDS="0.2") for _ in range(STEPS + 1)]

    assert [ended.returncode for ended in told] == [-signal.SIGKILL] * STEPS + [0], told[-1].stderr
    assert Path("ledger").read_text().split() == [str(number) for number in range(STEPS)]
    assert recorded.the_flow_run().state_name == "Completed"
    assert {run.state and run.state.is_final() for run in recorded.task_runs()} == {True}
