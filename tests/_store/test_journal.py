"""The journal: nothing that was appended is lost, whatever ends the process in an orderly way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from prefect._domain.leases import Tenure, Tenures
from prefect._domain.logs import Log
from prefect._store import journal as journal_module
from prefect._store import leases, logs, task_runs
from prefect._store.database import Database, open_database
from prefect._store.journal import Entry, Journal, JournalError, write_batch, writing_to
from tests._store.records import NOON, SECOND, a_flow_run, a_state, a_task_run

ROOT = Path(__file__).parents[2]
RUN = UUID(int=1)


def a_line(message: str, number: int = 0) -> Log:
    return Log(id=uuid4(), name="n", level=20, message=message, timestamp=NOON + number * SECOND, flow_run_id=RUN)


def told(db: Database) -> list[str]:
    with db.read() as conn:
        return [line.message for line in logs.list_logs(conn, flow_run_id=RUN, limit=100_000)]


def test_what_was_appended_is_on_disk_after_a_flush(db: Database) -> None:
    journal = Journal(writing_to(db))
    for number in range(5_000):
        journal.append_log(a_line(str(number), number))
    journal.flush()

    assert told(db) == [str(number) for number in range(5_000)]
    journal.close()


def test_of_a_run_that_somebody_else_began_anew_lines_are_kept_and_task_runs_left(db: Database) -> None:
    ours, theirs, free = a_flow_run(db), a_flow_run(db), a_flow_run(db)
    runs = {run.id: a_task_run(run.id, state=a_state("RUNNING")) for run in (ours, theirs, free)}
    batch: list[Entry] = [*(task_runs.Moment.of(run) for run in runs.values()), a_line("kept")]
    with db.write() as conn:
        for run in (ours, theirs):
            leases.take_lease(conn, run.id, "us", now=NOON, ttl=SECOND)
        leases.take_lease(conn, theirs.id, "them", now=NOON, ttl=SECOND)
        held = {ours.id: Tenure(ours.id, 1), theirs.id: Tenure(theirs.id, 1)}

        write_batch(conn, batch, Tenures("us", held))

        found = {run: task_runs.read_task_run(conn, task.id) is not None for run, task in runs.items()}
    assert found == {ours.id: True, theirs.id: False, free.id: True}
    assert told(db) == ["kept"]


def test_an_end_that_a_task_reached_outranks_that_it_was_given_up_whichever_is_heard_of_first(db: Database) -> None:
    run = a_task_run(state=a_state("RUNNING"))
    completed, crashed = (replace(run, state=a_state(type, after=n)) for n, type in ((1, "COMPLETED"), (2, "CRASHED")))

    with db.write() as conn:
        for heard in (run, crashed, completed):
            task_runs.write_task_run(conn, heard)
        found = task_runs.read_task_run(conn, run.id)

    assert found is not None
    assert found.state_name == "Completed"


def test_whoever_writes_of_a_run_is_told_that_others_ended_it(db: Database) -> None:
    ended, held = a_flow_run(db, state=a_state("CRASHED")), a_flow_run(db, state=a_state("RUNNING"))
    batch: list[Entry] = [task_runs.Moment.of(a_task_run(run.id)) for run in (ended, held)]
    with db.write() as conn:
        for run in (ended, held):
            leases.take_lease(conn, run.id, "us", now=NOON, ttl=SECOND)
        leases.drop_lease(conn, ended.id)

        told = write_batch(conn, batch, Tenures("us", {run.id: Tenure(run.id, 1) for run in (ended, held)}))

    assert told == {ended.id}


def test_a_flush_of_nothing_returns_at_once(db: Database) -> None:
    Journal(writing_to(db)).flush()


def test_it_writes_without_being_asked(db: Database) -> None:
    journal = Journal(writing_to(db))
    journal.append_log(a_line("alone"))
    for _ in range(1_000):
        if told(db):
            break
        threading.Event().wait(0.01)

    assert told(db) == ["alone"]
    journal.close()


def test_the_states_of_a_run_are_kept_in_their_order(db: Database) -> None:
    flow_run, journal = a_flow_run(db), Journal(writing_to(db))
    runs = [a_task_run(flow_run.id) for _ in range(300)]
    for after, type in enumerate(("PENDING", "RUNNING", "COMPLETED")):
        for run in runs:
            run.state = a_state(type, after=after)
            journal.append_task_run(run)
    journal.flush()

    with db.read() as conn:
        for run in runs:
            held = task_runs.read_task_run(conn, run.id)
            assert held is not None
            assert held.state_name == "Completed"
            history = [state.name for state in task_runs.task_run_states(conn, run.id)]
            assert history == ["Pending", "Running", "Completed"]
    journal.close()


def test_many_threads_may_append(db: Database) -> None:
    journal = Journal(writing_to(db))

    def append(name: str) -> None:
        for number in range(500):
            journal.append_log(a_line(f"{name}-{number}"))
        journal.flush()

    threads = [threading.Thread(target=append, args=(str(name),)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(told(db))) == 4_000
    journal.close()


def test_who_appends_faster_than_the_disk_takes_waits_for_a_turn(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "BOUND", 10)
    journal = Journal(writing_to(db))
    longest = 0
    for number in range(200):
        journal.append_log(a_line(str(number), number))
        longest = max(longest, len(journal._waiting))
    journal.flush()

    assert longest <= 10
    assert len(told(db)) == 200
    journal.close()


def test_it_can_be_used_again_after_it_was_closed(db: Database) -> None:
    journal = Journal(writing_to(db))
    journal.append_log(a_line("before"))
    journal.close()
    journal.append_log(a_line("after", 1))
    journal.close()

    assert told(db) == ["before", "after"]


def test_what_cannot_be_written_is_told_to_whoever_flushes(db: Database) -> None:
    journal = Journal(writing_to(db))
    with db.write() as conn:
        conn.execute("DROP TABLE log")
    journal.append_log(a_line("lost"))

    with pytest.raises(JournalError, match="could not be written"):
        journal.flush()
    with pytest.raises(JournalError, match="could not be written"):
        journal.close()


PROGRAM = """
import os, signal, sys
from uuid import uuid4
from prefect._store.database import open_database
from prefect._store.journal import Journal, writing_to
from tests._store.test_journal import a_line

journal = Journal(writing_to(open_database(sys.argv[1])))
for number in range(500):
    journal.append_log(a_line(str(number), number))
{end}
"""


@pytest.mark.parametrize("end", ["", "sys.exit(3)", "raise ValueError"])
def test_a_process_that_ends_leaves_nothing_unwritten(db: Database, end: str) -> None:
    program = PROGRAM.replace("{end}", end)
    subprocess.run([sys.executable, "-c", program, db.url], cwd=ROOT, capture_output=True, check=False, timeout=30)

    assert len(told(db)) == 500


def test_a_forked_child_does_not_write_what_its_parent_appended(tmp_path: Path) -> None:
    db = open_database(f"sqlite:///{tmp_path / 'forked.db'}")
    journal = Journal(writing_to(db))
    journal.append_log(a_line("parent"))
    child = os.fork()
    if child == 0:
        journal.append_log(a_line("child"))
        journal.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    journal.flush()

    assert sorted(told(db)) == ["child", "parent"]
    journal.close()
    db.close()


def test_those_who_wait_for_room_do_not_wake_one_another(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "BOUND", 2)
    asked: list[str] = []
    everybody_waits = threading.Event()

    class Watched(Journal):
        @property
        def is_full(self) -> bool:
            asked.append(threading.current_thread().name)
            if {"first", "second"} <= set(asked):
                everybody_waits.set()
            return super().is_full

    def slowly(batch: list[Entry]) -> None:
        if everybody_waits.wait(20):
            threading.Event().wait(0.2)  # what the disk takes, meanwhile the others wait
        writing_to(db)(batch)

    journal = Watched(slowly)
    journal.append_log(a_line("begun"))
    journal.append_log(a_line("waiting", 1))
    writers = [
        threading.Thread(target=journal.append_log, args=(a_line(name),), name=name) for name in ("first", "second")
    ]
    for _ in range(2):
        if not journal.is_full:
            journal.append_log(a_line("filling"))
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(20)
    journal.close()

    assert len(asked) < 30
