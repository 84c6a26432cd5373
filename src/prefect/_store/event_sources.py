"""The tables of which events are read, and what filters ask of events in the words of SQL.

In all of them the table's alias is `s`. A state has no row of labels: each label is an expression over its run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from prefect._domain.event_filters import NO_SEARCH, NameFilter, ResourceFilter, Spec
from prefect._domain.events import ID, NAME, ROLE
from prefect._domain.searching import Search
from prefect._domain.state_events import FLOW_RUN, TASK_RUN
from prefect._store.conditions import ALWAYS, NEVER, Clause, searched

ANY: Clause = (ALWAYS, [])
NONE: Clause = (NEVER, [])


def all_of(clauses: Sequence[Clause]) -> Clause:
    """The condition that all of these hold."""
    if any(sql == NEVER for sql, _ in clauses):
        return NONE
    narrow = [clause for clause in clauses if clause[0] != ALWAYS]
    if not narrow:
        return ANY
    return " AND ".join(f"({sql})" for sql, _ in narrow), [value for _, values in narrow for value in values]


def one_of(clauses: Sequence[Clause]) -> Clause:
    """The condition that one of these holds."""
    if any(sql == ALWAYS for sql, _ in clauses):
        return ANY
    possible = [clause for clause in clauses if clause[0] != NEVER]
    if not possible:
        return NONE
    return " OR ".join(f"({sql})" for sql, _ in possible), [value for _, values in possible for value in values]


def among(expression: str, values: Sequence[Any]) -> Clause:
    """The condition that an expression is one of some values."""
    return (f"{expression} IN ({', '.join('?' * len(values))})", list(values)) if values else NONE


def begins(expression: str, prefix: str) -> Clause:
    return (f"substr({expression}, 1, {len(prefix)}) = ?", [prefix]) if prefix else ANY


def is_value(expression: str, value: str) -> Clause:
    """The condition that an expression is a value, of which `*` at the end stands for any rest."""
    return begins(expression, value[:-1]) if value.endswith("*") else (f"{expression} = ?", [value])


def one_of_values(values: Sequence[str], is_it: Callable[[str], Clause]) -> Clause:
    """The condition that one of the values is it, and none of those that are negated with `!`."""
    wanted = [is_it(value) for value in values if not value.startswith("!")]
    others = [is_it(value[1:]) for value in values if value.startswith("!")]
    return all_of([one_of(wanted) if wanted else ANY, *(_not(other) for other in others)])


def _not(clause: Clause) -> Clause:
    sql, values = clause
    return NONE if sql == ALWAYS else ANY if sql == NEVER else (f"NOT ({sql})", values)


class EventSource(Protocol):
    """A table of events."""

    @property
    def table(self) -> str: ...
    @property
    def time(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def prefix(self) -> str:
        """How the names of these events begin; the column holds the rest."""

    @property
    def resource_id(self) -> str:
        """The column by which events of one resource are known."""

    @property
    def resource_name(self) -> str: ...
    def names(self, wanted: NameFilter) -> Clause: ...
    def resource(self, wanted: ResourceFilter) -> Clause: ...
    def related(self, wanted: ResourceFilter) -> list[Clause]:
        """The ways in which a resource as wanted can be related, of which one suffices."""

    def text(self, wanted: Search) -> Clause: ...
    def joins(self, sql: str) -> str:
        """The other tables of which a text speaks."""


def in_names(column: str, prefix: str, wanted: NameFilter) -> Clause:
    """The condition on a column that holds the rest of names which all begin alike."""
    rest = len(prefix)

    def one_begins(start: str) -> Clause:
        return ANY if prefix.startswith(start) else begins(column, start[rest:]) if start.startswith(prefix) else NONE

    def one_is(name: str) -> Clause:
        return (f"{column} = ?", [name[rest:]]) if name.startswith(prefix) else NONE

    return all_of(
        [
            ANY if wanted.prefixes is None else one_of([one_begins(start) for start in wanted.prefixes]),
            ANY if wanted.names is None else one_of([one_is(name) for name in wanted.names]),
            *(_not(one_begins(start)) for start in wanted.not_prefixes),
            *(_not(one_is(name)) for name in wanted.not_names),
        ]
    )


class Told(NamedTuple):
    """Something that is related to a run: its role, how its id begins, and the expressions of its id and name."""

    role: str
    id: str
    name: str | None
    prefix: str

    @classmethod
    def kind(cls, role: str, id: str, name: str | None) -> Told:
        return cls(role, id, name, f"prefect.{role}.")

    def is_meant(self, wanted: ResourceFilter) -> Clause:
        """The condition that it is there and as wanted."""
        if wanted.roles is not None and self.role not in wanted.roles:
            return NONE
        in_role = None if wanted.in_roles is None else [id for id, role in wanted.in_roles if role == self.role]
        return all_of(
            [
                (f"{self.id} IS NOT NULL", []),
                ANY if wanted.ids is None else among_ids(self.id, self.prefix, wanted.ids),
                ANY if in_role is None else among_ids(self.id, self.prefix, in_role),
                ANY if wanted.prefixes is None else one_of([self._begins(start) for start in wanted.prefixes]),
                *(self._label(label, values) for label, values in wanted.labels),
            ]
        )

    def _label(self, label: str, values: Sequence[str]) -> Clause:
        if label == ID:
            return one_of_values(values, self._is_id)
        if label == ROLE:
            return one_of_values(values, lambda value: _constant(self.role, value))
        if label == NAME and self.name is not None:
            name = self.name
            return one_of_values(values, lambda value: is_value(name, value))
        return NONE

    def _is_id(self, value: str) -> Clause:
        return self._begins(value[:-1]) if value.endswith("*") else among_ids(self.id, self.prefix, [value])

    def _begins(self, start: str) -> Clause:
        return id_begins(self.id, self.prefix, start)


def _constant(constant: str, value: str) -> Clause:
    is_it = constant.startswith(value[:-1]) if value.endswith("*") else constant == value
    return ANY if is_it else NONE


def among_ids(column: str, prefix: str, ids: Sequence[str]) -> Clause:
    """The condition that a column holds one of the ids that are written with that prefix."""
    rests = [id.removeprefix(prefix) for id in ids if id.startswith(prefix)]
    return among(column, rests if prefix == TAG else [rest for rest in rests if _is_id(rest)])


def id_begins(column: str, prefix: str, start: str) -> Clause:
    """The condition that an id, written with that prefix, begins so."""
    if prefix.startswith(start):
        return ANY
    return begins(f"CAST({column} AS TEXT)", start.removeprefix(prefix)) if start.startswith(prefix) else NONE


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


TAG = "prefect.tag."


@dataclass(frozen=True)
class StateSource:
    """The states of runs."""

    dialect: str
    table: str
    prefix: str
    run: str
    labels: dict[str, str]
    around: tuple[Told, ...]
    tags: str
    tables: tuple[tuple[str, str], ...]
    time: str = "s.timestamp"
    name: str = "s.name"

    @property
    def resource_id(self) -> str:
        return self.run

    @property
    def resource_name(self) -> str:
        return self.labels[NAME]

    def names(self, wanted: NameFilter) -> Clause:
        return in_names(self.name, self.prefix, wanted)

    def resource(self, wanted: ResourceFilter) -> Clause:
        itself = Told("", self.run, self.labels[NAME], self.prefix)
        known = tuple((label, values) for label, values in wanted.labels if label in (ID, NAME))
        others = [(label, values) for label, values in wanted.labels if label not in (ID, NAME)]
        by_id = ResourceFilter(wanted.ids, wanted.prefixes, labels=known)
        return all_of([itself.is_meant(by_id), *(self._label(label, values) for label, values in others)])

    def _label(self, label: str, values: Sequence[str]) -> Clause:
        expression = self.labels.get(label)
        return NONE if expression is None else one_of_values(values, lambda value: is_value(expression, value))

    def related(self, wanted: ResourceFilter) -> list[Clause]:
        tag = Told("tag", "j.value", None, TAG).is_meant(wanted)
        return [*(one.is_meant(wanted) for one in self.around), self._some_tag(tag)]

    def _some_tag(self, clause: Clause) -> Clause:
        sql, values = clause
        elements = "json_each" if self.dialect == "sqlite" else "jsonb_array_elements_text"
        j = "j" if self.dialect == "sqlite" else "j(value)"
        return NONE if sql == NEVER else (f"EXISTS (SELECT 1 FROM {elements}({self.tags}) {j} WHERE {sql})", values)

    def text(self, wanted: Search) -> Clause:
        parts = [f"'{self.prefix}' || s.name", f"CAST({self.run} AS TEXT)", "COALESCE(s.message, '')"]
        names = [f"COALESCE({one.name}, '')" for one in self.around if one.name is not None]
        whole = " || ' ' || ".join([*parts, self.labels[NAME], *names, f"CAST({self.tags} AS TEXT)"])
        return searched(f"({whole})", wanted) if wanted != NO_SEARCH else ANY

    def joins(self, sql: str) -> str:
        needed: list[str] = []
        for alias, join in reversed(self.tables):
            if f"{alias}." in sql or any(f"{alias}." in text for text in needed):
                needed.insert(0, join)
        return " ".join(needed)


def _of_state(table: str, run: str, name: str) -> dict[str, str]:
    """The labels of a run in a state, as expressions."""
    same_run = f"e.{run} = s.{run} AND e.timestamp <= s.timestamp"
    tries = f"(SELECT COUNT(*) FROM {table} e WHERE {same_run} AND e.type = 'RUNNING')"
    return {
        NAME: name,
        "prefect.run-count": f"CAST({tries} AS TEXT)",
        "prefect.state-message": "COALESCE(s.message, '')",
        "prefect.state-name": "s.name",
        "prefect.state-timestamp": "CAST(s.timestamp AS TEXT)",
        "prefect.state-type": "s.type",
    }


def flow_run_states(dialect: str) -> StateSource:
    """The states of flow runs as events."""
    return StateSource(
        dialect=dialect,
        table="flow_run_state",
        prefix=FLOW_RUN,
        run="s.flow_run_id",
        labels=_of_state("flow_run_state", "flow_run_id", "r.name"),
        around=(
            Told.kind("flow", "r.flow_id", "f.name"),
            Told.kind("task-run", "r.parent_task_run_id", "t.name"),
            Told.kind("deployment", "r.deployment_id", "d.name"),
            Told.kind("work-queue", "r.work_queue_id", "q.name"),
            Told.kind("work-pool", "p.id", "p.name"),
        ),
        tags="r.tags",
        tables=(
            ("r", "JOIN flow_run r ON r.id = s.flow_run_id"),
            ("f", "LEFT JOIN flow f ON f.id = r.flow_id"),
            ("t", "LEFT JOIN task_run t ON t.id = r.parent_task_run_id"),
            ("d", "LEFT JOIN deployment d ON d.id = r.deployment_id"),
            ("q", "LEFT JOIN work_queue q ON q.id = r.work_queue_id"),
            ("p", "LEFT JOIN work_pool p ON p.id = q.work_pool_id"),
        ),
    )


def task_run_states(dialect: str) -> StateSource:
    """The states of task runs as events."""
    return StateSource(
        dialect=dialect,
        table="task_run_state",
        prefix=TASK_RUN,
        run="s.task_run_id",
        labels={
            **_of_state("task_run_state", "task_run_id", "t.name"),
            "prefect.orchestration": "CAST('client' AS TEXT)",
        },
        around=(Told.kind("flow-run", "t.flow_run_id", "r.name"), Told.kind("flow", "r.flow_id", "f.name")),
        tags="t.tags",
        tables=(
            ("t", "JOIN task_run t ON t.id = s.task_run_id"),
            ("r", "LEFT JOIN flow_run r ON r.id = t.flow_run_id"),
            ("f", "LEFT JOIN flow f ON f.id = r.flow_id"),
        ),
    )


@dataclass(frozen=True)
class RecordedEvents:
    """The events that are no states."""

    dialect: str
    table: str = "events"
    time: str = "s.occurred"
    name: str = "s.event"
    prefix: str = ""
    resource_id: str = "s.resource_id"

    @property
    def resource_name(self) -> str:
        return (
            f"""json_extract(s.resource, '$."{NAME}"')""" if self.dialect == "sqlite" else f"(s.resource ->> '{NAME}')"
        )

    def names(self, wanted: NameFilter) -> Clause:
        return in_names(self.name, self.prefix, wanted)

    def resource(self, wanted: ResourceFilter) -> Clause:
        return all_of([*self._by_id("s.resource_id", wanted), self._specified("s.resource", wanted.labels)])

    def related(self, wanted: ResourceFilter) -> list[Clause]:
        by_id = all_of(
            [
                ("x.resource_role <> ''", []),
                *self._by_id("x.resource_id", wanted),
                ANY if wanted.roles is None else among("x.resource_role", wanted.roles),
                ANY if wanted.in_roles is None else one_of([_in_role(*pair) for pair in wanted.in_roles]),
            ]
        )
        if not wanted.labels:
            return [self._some_resource(by_id, is_narrow=wanted.is_narrow)]
        return [self._some_element(self._element(wanted))]

    def _element(self, wanted: ResourceFilter) -> Clause:
        """The condition that an element of the related resources is as wanted."""
        pairs = None if wanted.in_roles is None else [((ID, (id,)), (ROLE, (role,))) for id, role in wanted.in_roles]
        return all_of(
            [
                self._specified("j.value", ((ID, wanted.ids),) if wanted.ids is not None else ()),
                self._specified("j.value", ((ROLE, wanted.roles),) if wanted.roles is not None else ()),
                ANY if pairs is None else one_of([self._specified("j.value", pair) for pair in pairs]),
                self._specified("j.value", wanted.labels),
            ]
        )

    def _by_id(self, column: str, wanted: ResourceFilter) -> list[Clause]:
        prefixes = wanted.prefixes
        return [
            ANY if wanted.ids is None else among(column, wanted.ids),
            ANY if prefixes is None else one_of([begins(column, start) for start in prefixes]),
        ]

    def _some_resource(self, clause: Clause, *, is_narrow: bool) -> Clause:
        """The condition that an event has such a resource; what is narrow is looked up first."""
        sql, values = clause
        if sql == NEVER:
            return NONE
        if is_narrow:
            return f"s.id IN (SELECT x.event_id FROM event_resources x WHERE {sql})", values
        return f"EXISTS (SELECT 1 FROM event_resources x WHERE x.event_id = s.id AND {sql})", values

    def _some_element(self, clause: Clause) -> Clause:
        sql, values = clause
        elements = "json_each(s.related) j" if self.dialect == "sqlite" else "jsonb_array_elements(s.related) j(value)"
        return NONE if sql == NEVER else (f"EXISTS (SELECT 1 FROM {elements} WHERE {sql})", values)

    def _specified(self, labels: str, spec: Spec) -> Clause:
        """The condition that a column of labels has each of these, with one of the values."""
        return all_of([one_of_values(values, self._has(labels, label)) for label, values in spec])

    def _has(self, labels: str, label: str) -> Callable[[str], Clause]:
        expression, key = self._value(labels, label)

        def is_it(value: str) -> Clause:
            sql, values = is_value(expression, value)
            return (f"{expression} IS NOT NULL", key) if sql == ALWAYS else (sql, [*key, *values])

        return is_it

    def _value(self, labels: str, label: str) -> tuple[str, list[Any]]:
        """The value of a label as an expression, with its parameter."""
        if self.dialect == "sqlite":
            return f"json_extract({labels}, ?)", ['$."' + label.replace('"', '\\"') + '"']
        return f"({labels} ->> ?)", [label]

    def text(self, wanted: Search) -> Clause:
        parts = ["s.event", *(f"CAST(s.{column} AS TEXT)" for column in ("resource", "related", "payload"))]
        return searched(f"({' || '.join(parts)})", wanted) if wanted != NO_SEARCH else ANY

    def joins(self, sql: str) -> str:
        return ""


def _in_role(id: str, role: str) -> Clause:
    return "x.resource_id = ? AND x.resource_role = ?", [id, role]


def sources(dialect: str) -> tuple[EventSource, ...]:
    """All tables of events."""
    return RecordedEvents(dialect), flow_run_states(dialect), task_run_states(dialect)
