"""Draw `docs/concepts/states.md` from the tables of rules: `python -m docs.draw_states`. A test holds it to them."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from prefect._domain.states import StateType
from prefect._domain.transitions.decide import RuleTable, covers
from prefect._domain.transitions.flow_rules import FLOW_RULES
from prefect._domain.transitions.task_rules import TASK_RULES

PAGE = Path(__file__).parent / "concepts" / "states.md"
FORBIDDEN = {"an_end_is_an_end", "cancelling_ends_cancelled"}
"""Rules that forbid a move whatever the facts are."""

INTRODUCTION = """\
# How runs move between states

This page is drawn from the tables of rules in `src/prefect/_domain/transitions/` by `docs/draw_states.py`.

A run is in one state at a time. Whoever wants to move it proposes a state; the rules for that move are asked in the
order of their table. A rule may amend the proposal, reject it in favour of another state, have the proposer wait, or
abort. An arrow is a move that no rule forbids outright; the tables say what its rules look at.
"""


def page() -> str:
    """The whole page."""
    sections = [
        _section("Flow runs", "flow-run-states", FLOW_RULES),
        _section("Task runs", "task-run-states", TASK_RULES),
    ]
    return "\n".join([INTRODUCTION, *sections])


def _section(title: str, picture: str, table: RuleTable) -> str:
    lines = [f"## {title}", "", f"![{title}: the moves from state to state](../pictures/{picture}.svg)", ""]
    lines += ["| from | to | rule | what it says |", "|---|---|---|---|"]
    lines += [_row(*entry) for entry in table]
    return "\n".join([*lines, ""])


MOVES = {
    "SCHEDULED": ("PENDING", "RUNNING", "CANCELLING"),
    "PENDING": ("RUNNING", "CANCELLING"),
    "RUNNING": ("COMPLETED", "FAILED", "CRASHED", "PAUSED", "CANCELLING"),
    "PAUSED": ("RUNNING", "SCHEDULED", "CANCELLING", "FAILED"),
    "CANCELLING": ("CANCELLED", "COMPLETED", "RUNNING"),
    "COMPLETED": ("RUNNING", "CANCELLING"),
    "FAILED": ("SCHEDULED", "RUNNING", "CRASHED"),
    "CRASHED": ("SCHEDULED", "RUNNING"),
    "CANCELLED": ("SCHEDULED",),
}
"""The moves that are drawn: all that occur in the life of a run, and a few that the rules forbid."""


def arrows_of(table: RuleTable) -> list[tuple[str, str]]:
    """The moves that no rule of a table forbids outright."""
    moves = [(source, target) for source, targets in MOVES.items() for target in targets]
    return [move for move in moves if not FORBIDDEN & _names_of_rules(table, *map(StateType, move))]


def _names_of_rules(table: RuleTable, source: StateType, target: StateType) -> set[str]:
    return {rule.__name__ for sources, targets, rule in table if covers(sources, source) and covers(targets, target)}


def _row(sources: str, targets: str, rule: Any) -> str:
    said = (inspect.getdoc(rule) or "").splitlines()[0]
    return f"| {_words(sources)} | {_words(targets)} | `{rule.__name__}` | {said} |"


def _words(pattern: str) -> str:
    words = {"*": "any", "FINAL": "an end"}
    if pattern.startswith("!"):
        return f"any but {_words(pattern[1:])}"
    return " or ".join(words.get(word, word.capitalize()) for word in pattern.split("|"))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
