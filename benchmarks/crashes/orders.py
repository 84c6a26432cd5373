"""An order, as every side carries it out, and a ledger outside of every database of what really happened.

The program dies at the place that `DIES_AT` names; places are numbered as they are come to: before the first step,
inside of each, before and behind what it does, and behind each. What a step does is a line of the ledger.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import NamedTuple

LEDGER = "ledger.txt"
PACKING = ("wrap", "label")
STEPS = Counter(["reserve a", "reserve b", "reserve c", "charge", "remind", "remind", *PACKING, "ship"])
"""What an order takes; the two reminders are calls with the same inputs."""
PLACES = 1 + 3 * STEPS.total()
Step = Callable[[int, str], str]

_places = count()


def order(number: int, step: Step, pack: Callable[[int], int]) -> int:
    """Carry out an order; how many steps that took."""
    _maybe_die(number)
    done = 0
    for item in "abc":
        done += returned(number, step(number, f"reserve {item}"))
    for name in ("charge", "remind", "remind"):
        done += returned(number, step(number, name))
    done += pack(number)
    return done + returned(number, step(number, "ship"))


def packed(number: int, step: Step) -> int:
    """The part of an order that is a subflow."""
    return sum(returned(number, step(number, name)) for name in PACKING)


def carry_out(number: int, name: str) -> str:
    """What a step does."""
    _entry(number, "begun", name)
    _maybe_die(number)
    _entry(number, "done", name)
    _maybe_die(number)
    return name


def returned(number: int, name: str) -> int:
    """Note that the call of a step has come back to the program."""
    _entry(number, "returned", name)
    _maybe_die(number)
    return 1


def _maybe_die(number: int) -> None:
    if str(next(_places)) == os.environ.get("DIES_AT"):
        _entry(number, "died", "")
        os.kill(os.getpid(), signal.SIGKILL)


def _entry(number: int, what: str, name: str) -> None:
    with Path(LEDGER).open("a", encoding="utf-8") as file:
        file.write(f"{number},{os.getpid()},{what},{name}\n")


class Findings(NamedTuple):
    """How many processes died, and how many steps were lost, doubled, or run again since they were open at a death."""

    deaths: int
    lost: int
    doubled: int
    again: int


def findings(folder: Path) -> Findings:
    """What the ledger of a folder tells of all orders."""
    by_order: dict[str, list[list[str]]] = {}
    for line in (folder / LEDGER).read_text(encoding="utf-8").splitlines():
        number, *rest = line.split(",")
        by_order.setdefault(number, []).append(rest)
    each = [_findings_of_an_order(entries) for entries in by_order.values()]
    return Findings(*map(sum, zip(*each, strict=True)))


def _findings_of_an_order(entries: list[list[str]]) -> Findings:
    done = Counter(name for _, what, name in entries if what == "done")
    allowed = STEPS + _open_at_death(entries)
    return Findings(
        deaths=sum(what == "died" for _, what, _ in entries),
        lost=(STEPS - done).total(),
        doubled=(done - allowed).total(),
        again=((done & allowed) - STEPS).total(),
    )


def _open_at_death(entries: list[list[str]]) -> Counter[str]:
    """The steps that processes had begun, and whose calls had not come back, when they died."""
    still_open: Counter[str] = Counter()
    by_process: dict[str, Counter[str]] = {}
    for process, what, name in entries:
        under_way = by_process.setdefault(process, Counter())
        if what == "begun":
            under_way[name] += 1
        elif what == "returned" and under_way[name]:  # else an earlier process did it, and it was not begun in this one
            under_way[name] -= 1
        elif what == "died":
            still_open += under_way
    return still_open
