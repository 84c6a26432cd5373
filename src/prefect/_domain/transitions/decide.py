"""Consult a table of rules, in order, about one transition."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from prefect._domain.flow_runs import FlowRun
from prefect._domain.states import FINAL, StateType
from prefect._domain.task_runs import TaskRun
from prefect._domain.transitions.facts import Facts
from prefect._domain.transitions.flow_rules import FLOW_RULES, FORCED_FLOW_RULES
from prefect._domain.transitions.task_rules import TASK_RULES
from prefect._domain.transitions.verdicts import Accept, Amend, Opinion, Verdict

Rule = Callable[[Any], Opinion]
RuleTable = tuple[tuple[str, str, Rule], ...]


def decide(facts: Facts[FlowRun] | Facts[TaskRun], *, forced: bool = False) -> Verdict:
    """What becomes of a proposed transition.

    Rules are consulted in the order of their table. The first that rejects, waits or aborts ends the consultation; a
    rule that amends hands its version on. `forced` leaves only the rules that keep data from being lost.
    """
    table = _table_for(facts.run, forced)
    source = facts.run.state.type if facts.run.state else None
    policy, take_slot = None, False
    for rule in _rules_between(table, source, facts.proposed.type):
        opinion = rule(facts)
        if opinion is None:
            continue
        if not isinstance(opinion, Amend):
            return opinion
        policy = opinion.policy or policy
        take_slot = take_slot or opinion.take_slot
        if opinion.state is not None:
            facts = replace(facts, proposed=opinion.state)
    return Accept(facts.proposed, policy, take_slot)


def _table_for(run: FlowRun | TaskRun, forced: bool) -> RuleTable:
    if isinstance(run, TaskRun):
        return () if forced else TASK_RULES
    return FORCED_FLOW_RULES if forced else FLOW_RULES


@lru_cache(maxsize=512)
def _rules_between(table: RuleTable, source: StateType | None, target: StateType) -> tuple[Rule, ...]:
    return tuple(rule for sources, targets, rule in table if covers(sources, source) and covers(targets, target))


def covers(pattern: str, type: StateType | None) -> bool:
    """Whether a table's word for states covers one: `*`, `FINAL`, `NONE`, or names joined by `|`; `!` negates."""
    if pattern.startswith("!"):
        return not covers(pattern[1:], type)
    return any(type in _covered(word) for word in pattern.split("|"))


def _covered(word: str) -> Iterable[StateType | None]:
    if word == "*":
        return (None, *StateType)
    if word == "FINAL":
        return FINAL
    if word == "NONE":
        return (None,)
    return (StateType(word),)
