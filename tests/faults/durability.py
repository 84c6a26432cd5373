"""A durable flow that kills its own process wherever it may, and a ledger outside of the database of what it did.

Every process notes which steps it has begun and ended, and which calls of steps have returned in the flow. What has
returned is kept, so only steps that a process had begun, and whose calls had not returned when it died, may run again.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import NamedTuple

LEDGER = Path("ledger.txt")
CODE = """
import random, threading
from prefect.durable import send, wait_for_input
from prefect.runtime import flow_run

one_by_one = threading.Lock()

def entry(*words):
    with open("ledger.txt", "a") as file:
        file.write(" ".join(map(str, (RUN, os.getpid(), *words))) + "\\n")

def point(name):
    with one_by_one:  # dies here: once, or by chance
        if CHANCE is None:
            file = Path(f"died-{name}")
            dies = not file.exists()
            file.touch()
        else:
            dies = random.random() < CHANCE
        if dies:
            entry("died", name)
            os.kill(os.getpid(), signal.SIGKILL)

@task
def step(n, place):
    entry("begun", place)
    point(f"in-{place}")
    entry("ended", place)
    point(f"behind-{place}")
    return n * n

def returned(value, *places):
    for place in places:
        entry("returned", place)
    return value

@flow
def inner(n):
    total = returned(step(n, "first"), "first")
    point("in-the-subflow")
    return total + returned(step(n, "second"), "second")

@flow(durable=True, max_resumes=1000)
def around(run: int = 0, chance: float | None = None, within: float = 0):
    global RUN, CHANCE
    RUN, CHANCE = run, chance
    entry("alive")
    if within:  # dies at any moment, wherever that is
        dying = threading.Timer(random.uniform(0, within), os.kill, (os.getpid(), signal.SIGKILL))
        dying.daemon = True
        dying.start()
    point("first")
    total = returned(step(1, "alone"), "alone")
    point("between")
    total += returned(sum(step.map([2, 3, 3], "mapped").result()), *["mapped"] * 3)
    for number in (5, 6):
        send(flow_run.id, number, key="number")
        point("sent")
    for number in (5, 6):
        total += wait_for_input(int, key="number")
        point(f"received-{number}")
    total += inner(4)
    point("behind-the-subflow")
    total += returned(step(1, "alone-again"), "alone-again")
    point("last")
    entry("result", total)
    return total
"""
EXPECTED = Counter({"alone": 1, "mapped": 3, "first": 1, "second": 1, "alone-again": 1})
RESULT = str(1 + 4 + 9 + 9 + 5 + 6 + 16 + 16 + 1)


class Findings(NamedTuple):
    """How many steps were lost, how many ran more often than is promised, and how many processes died."""

    lost: int
    doubled: int
    again: int
    deaths: int
    results: Counter[str]


def findings(run: int = 0) -> Findings:
    """What the ledger tells of a run."""
    entries = [line.split()[1:] for line in LEDGER.read_text().splitlines() if line.split()[0] == str(run)]
    ended = Counter(each[2] for each in entries if each[1] == "ended")
    results = Counter(each[2] for each in entries if each[1] == "result")
    allowed = EXPECTED + _open_at_death(entries)
    return Findings(
        lost=(EXPECTED - ended).total(),
        doubled=(ended - allowed).total(),
        again=(ended - EXPECTED).total(),
        deaths=sum(each[1] == "died" for each in entries),
        results=results,
    )


def _open_at_death(entries: list[list[str]]) -> Counter[str]:
    """The steps that processes had begun, and whose calls had not returned, when they died."""
    still_open: Counter[str] = Counter()
    for pid in {each[0] for each in entries}:
        begun = Counter(each[2] for each in entries if each[:2] == [pid, "begun"])
        still_open += begun - Counter(each[2] for each in entries if each[:2] == [pid, "returned"])
    return still_open
