"""What the torture looks for is found where it is, and excused where somebody else is to blame."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from tests.torture.evidence import Evidence, LineSeen, RunSeen, StateSeen, TaskSeen
from tests.torture.invariants import violations
from tests.torture.ledgers import Entry

NOON = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
OLD, NEW = "1:1.0", "2:2.0"
"""Two processes."""


def at(seconds: float) -> float:
    return NOON.timestamp() + seconds


def a_run(*names: str, id: str = "r", due: float | None = None, is_planned: bool = False, told: str = "") -> RunSeen:
    """A run with the history of states that have these names."""
    moment = None if due is None else NOON + timedelta(seconds=due)
    states = [StateSeen(name.upper(), name, NOON, told, moment) for name in names]
    return RunSeen(id, "run", "steps", states[-1].type, is_planned, states)


def did(what: str, seconds: float, process: str = OLD, **facts: Any) -> Entry:
    """An entry of the ledger of a run."""
    known = {"run": "r", "root": "r", "task_run": None, "epoch": 1 if process == OLD else 2, "key": 0}
    return {"what": what, "at": at(seconds), "process": process, **known, **facts}


def evidence(*runs: RunSeen, **fields: Any) -> Evidence:
    none: dict[str, Any] = {name: [] for name in Evidence._fields}
    return Evidence(**{**none, "slowness": 1.0, "planned_until": 1e12, "runs": {run.id: run for run in runs}, **fields})


RETURNED = [did("begins", 0), did("returns", 1)]
COMPLETED, CRASHED = a_run("Running", "Completed"), a_run("Running", "Crashed")
KILLED = [{"what": "SIGKILL", "at": at(1), "process": OLD}]
AGAIN = [did("start", 0), did("end", 1), did("start", 1.1, key=1), did("start", 2, NEW)]
OVERTAKEN = [did("begins", 0), did("begins", 2, NEW), did("start", 9, task_run="t")]
BEGUN_BY_OLD = [*OVERTAKEN[:2], did("start", 3, task_run="t")]
LIMITED = [did("enter", 0), did("leave", 2), did("enter", 1, NEW, run="s"), did("leave", 3, NEW, run="s")]
HOLDING = [did("holds", 1, f"{n}:1.0", run=f"run-{n}") for n in range(3)] + [
    did("lets go", 2, f"{n}:1.0", run=f"run-{n}") for n in range(3)
]
LOGGED = [did("line", 0, number=0), did("line", 1, number=1)]


def a_line(number: int) -> LineSeen:
    return LineSeen("r", "prefect", f"line {number} of {OLD}", NOON)


def planned(*seconds: int) -> list[RunSeen]:
    """Runs of a schedule that were due then."""
    return [a_run("Scheduled", "Completed", id=f"p{n}", due=due, is_planned=True) for n, due in enumerate(seconds)]


def returned(*runs: RunSeen) -> list[Entry]:
    """That the functions of these runs returned, in good time."""
    return [did(what, 100, run=run.id, root=run.id) for run in runs for what in ("begins", "returns")]


BROKEN: dict[str, tuple[str, Evidence]] = {
    "a run that a client was told of is not there": (
        "I1",
        evidence(asked=[{"what": "created", "status": 201, "id": "r", "at": 0}]),
    ),
    "a time of a schedule has no run": ("I1", evidence(*planned(1, 3), done=returned(*planned(1, 3)))),
    "a time of a schedule has two runs": ("I1", evidence(*planned(1, 1, 2), done=returned(*planned(1, 1, 2)))),
    "a run does not end": ("I2", evidence(a_run("Pending"))),
    "something follows an end": ("I2", evidence(a_run("Completed", "Running", "Completed"), done=RETURNED)),
    "a run is claimed while it runs": ("I2", evidence(a_run("Running", "Pending", "Completed"), done=RETURNED)),
    "a task run is left open": (
        "I3",
        evidence(COMPLETED, done=RETURNED, tasks=[TaskSeen("t", "r", "t", "RUNNING", None)]),
    ),
    "a completed run lacks a task": ("I3", evidence(COMPLETED, done=[*RETURNED, did("end", 0.5, task_run="t")])),
    "a run that returned is crashed": ("I4", evidence(CRASHED, done=RETURNED)),
    "a run that did not return is completed": ("I4", evidence(COMPLETED, done=[did("begins", 0)])),
    "a kept result is made again": ("I5", evidence(CRASHED, done=AGAIN)),
    "more than allowed are at work": ("I6", evidence(CRASHED, a_run("Crashed", id="s"), limited=LIMITED)),
    "more hold slots than there are": ("I6", evidence(CRASHED, limited=HOLDING)),
    "a line is lost": ("I8", evidence(logged=LOGGED, lines=[a_line(0)])),
    "a line is kept twice": ("I8", evidence(logged=LOGGED, lines=[a_line(0), a_line(0), a_line(1)])),
    "lines are out of order": ("I8", evidence(logged=LOGGED, lines=[a_line(1), a_line(0)])),
    "a run begins early": ("I9", evidence(a_run("Scheduled", "Crashed", due=5), done=[did("begins", 0)])),
    "two processes have one epoch": ("I10", evidence(CRASHED, done=[did("begins", 0), did("begins", 1, NEW, epoch=1)])),
    "what was overtaken is recorded": (
        "I10",
        evidence(
            CRASHED,
            done=BEGUN_BY_OLD,
            tasks=[TaskSeen("t", "r", "t", "FAILED", None)],
        ),
    ),
    "an event is lost": ("I19", evidence(happened=["a", "b"], followed=["a"])),
    "an event comes twice": ("I19", evidence(happened=["a"], followed=["a", "a"])),
    "an automation does not fire": ("I11", evidence(completions=["s"])),
    "an automation fires twice": ("I11", evidence(completions=["s"], firings=["s", "s"])),
    "an automation fires for nothing": ("I11", evidence(firings=["s"])),
    "what was overtaken goes on": ("I10", evidence(CRASHED, done=OVERTAKEN)),
}

FINE: dict[str, Evidence] = {
    "nothing happened": evidence(),
    "every event came, and its run is gone": evidence(happened=["a", "b"], followed=["b", "c", "a"]),
    "a run completed": evidence(COMPLETED, done=RETURNED),
    "a run was run again": evidence(a_run("Crashed", "Scheduled", "Pending", "Running", "Completed"), done=RETURNED),
    "a run was heard of late": evidence(a_run("Running", "Crashed", "Completed"), done=RETURNED),
    "an automation fires for each": evidence(completions=["s", "t"], firings=["t", "s"]),
    "a time that is still to be planned has no run": evidence(
        *planned(1, 3), done=returned(*planned(1, 3)), planned_until=NOON.timestamp() + 1
    ),
    "each time of a schedule has a run": evidence(*planned(1, 2, 3), done=returned(*planned(1, 2, 3))),
    "a run that returned was killed": evidence(CRASHED, done=RETURNED, struck=KILLED),
    "a run that returned was cancelled": evidence(
        a_run("Cancelled"), done=RETURNED, asked=[{"what": "unanswered", "wanted": "cancelled", "run": "r", "at": 0}]
    ),
    "the task in hand is made again": evidence(CRASHED, done=[AGAIN[0], AGAIN[1], AGAIN[3]]),
    "who was believed dead is beside another": evidence(
        a_run("Crashed", told="it stopped renewing its lease"), a_run("Crashed", id="s"), limited=LIMITED
    ),
    "as many hold slots as there are": evidence(CRASHED, limited=HOLDING[1:]),
    "a line was logged when its process was killed": evidence(logged=LOGGED, lines=[a_line(0)], struck=KILLED),
    "who was overtaken could not hear of it": evidence(CRASHED, done=OVERTAKEN, struck=[{"what": "mend", "at": at(8)}]),
}


@pytest.mark.parametrize("what", BROKEN)
def test_it_is_seen_that(what: str) -> None:
    invariant, seen = BROKEN[what]

    assert {violation.invariant for violation in violations(seen)} == {invariant}


@pytest.mark.parametrize("what", FINE)
def test_nothing_is_wrong_where(what: str) -> None:
    assert violations(FINE[what]) == []
