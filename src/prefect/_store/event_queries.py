"""Finding and counting events by a filter, in all tables of which events are read.

By its time an event is found with an index on (name, time): for each name that is wanted of a table the first events
are looked up, and those of all names are merged. There are few names, and they are found by leaping through the index.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.event_filters import EventFilter, ResourceFilter
from prefect._domain.events import Event
from prefect._store import events
from prefect._store.conditions import NEVER, Clause
from prefect._store.connection import Connection, Row
from prefect._store.event_sources import ANY, EventSource, all_of, among, one_of, sources
from prefect._store.values import moment, must_read_identity, must_read_moment

MOST_COUNTED = 100_000
"""Up to how many the events that are meant are counted; where there are more, that many are told."""
MOST_NAMES = 100
"""Up to how many names of a table are looked up one by one."""


class Key(NamedTuple):
    """An event's place in the order of time."""

    occurred: datetime
    id: UUID


class Count(NamedTuple):
    """How many events there are of one kind, and when the first and the last of them happened."""

    value: str
    label: str
    many: int
    first: datetime
    last: datetime


def find_events(
    conn: Connection,
    wanted: EventFilter,
    *,
    limit: int,
    descending: bool = True,
    after: Key | None = None,
    up_to: int | None = None,
) -> list[Event]:
    """So many of the events that are meant, in the order of time, those behind `after`, recorded `up_to` a turn."""
    if after is not None:
        wanted = _behind(wanted, after, descending)
    keys = sorted(
        (
            (key, source)
            for source in sources(conn.dialect)
            for key in _keys(conn, source, wanted, limit, descending, _bounds(source, descending, after, up_to))
        ),
        key=lambda each: each[0],
        reverse=descending,
    )[:limit]
    found = {event.id: event for event in _read(conn, keys)}
    return [found[key.id] for key, _ in keys if key.id in found]


def count_events(conn: Connection, wanted: EventFilter) -> int:
    """How many events are meant, `MOST_COUNTED` where they are more."""
    total = 0
    for source in sources(conn.dialect):
        for found, values in _selects(conn, source, wanted):
            room = MOST_COUNTED - total
            total += conn.execute(f"SELECT COUNT(*) FROM ({found} LIMIT ?) found", (*values, room))[0][0]
            if total >= MOST_COUNTED:
                return MOST_COUNTED
    return total


def count_resources(conn: Connection, wanted: EventFilter) -> int:
    """How many resources there are to which something happened that is meant."""
    total = 0
    for source in sources(conn.dialect):
        where, values = _where(source, wanted)
        sql = f"SELECT COUNT(DISTINCT {source.resource_id}) FROM {_tables(source, where)} WHERE {where}"
        total += conn.execute(sql, values)[0][0]
    return total


def count_in(conn: Connection, wanted: EventFilter, spans: Sequence[tuple[datetime, datetime]]) -> list[int]:
    """How many of the events that are meant happened in each of some spans; their ends are included."""
    counts = []
    for since, until in spans:
        part = replace(wanted, since=max(since, wanted.since), until=min(until, wanted.until))
        selects = [each for source in sources(conn.dialect) for each in _selects(conn, source, part)]
        counts.append(
            sum(conn.execute(f"SELECT COUNT(*) FROM ({found}) found", values)[0][0] for found, values in selects)
        )
    return counts


def count_by_name(conn: Connection, wanted: EventFilter) -> list[Count]:
    """How many events there are of each name, most first."""
    counts = []
    for source in sources(conn.dialect):
        for found, values in _selects(conn, source, wanted, f"{source.name} AS name, {source.time} AS time"):
            sql = f"SELECT name, COUNT(*), MIN(time), MAX(time) FROM ({found}) found GROUP BY name"
            for name, count, first, last in conn.execute(sql, values):
                whole = source.prefix + name
                counts.append(Count(whole, whole, count, must_read_moment(first), must_read_moment(last)))
    return _most_first(counts)


def count_by_resource(conn: Connection, wanted: EventFilter, *, limit: int) -> list[Count]:
    """How many events there are of each resource, most first."""
    counts = []
    for source in sources(conn.dialect):
        columns = f"{source.resource_id} AS resource, {source.resource_name} AS label, {source.time} AS time"
        parts = list(_selects(conn, source, wanted, columns))
        if not parts:
            continue
        found = " UNION ALL ".join(select for select, _ in parts)
        sql = (
            f"SELECT resource, MAX(label), COUNT(*), MIN(time), MAX(time) FROM ({found}) found "
            "GROUP BY resource ORDER BY COUNT(*) DESC LIMIT ?"
        )
        values = [value for _, some in parts for value in some]
        for id, name, count, first, last in conn.execute(sql, (*values, limit)):
            whole = f"{source.prefix}{id}"
            counts.append(Count(whole, name or whole, count, must_read_moment(first), must_read_moment(last)))
    return _most_first(counts)[:limit]


def _most_first(counts: list[Count]) -> list[Count]:
    return sorted(counts, key=lambda one: (-one.many, one.value))


def _behind(wanted: EventFilter, after: Key, descending: bool) -> EventFilter:
    """A filter whose time begins, or ends, with the key behind which events are wanted."""
    if descending:
        return replace(wanted, until=min(wanted.until, after.occurred))
    return replace(wanted, since=max(wanted.since, after.occurred))


def _bounds(source: EventSource, descending: bool, after: Key | None, up_to: int | None) -> Clause:
    """The condition that an event stands behind a key, and was recorded up to a turn."""
    bounds: list[Clause] = []
    if after is not None:
        place: list[Any] = [moment(after.occurred), str(after.id)]
        bounds.append((f"({source.time}, s.id) {'<' if descending else '>'} (?, ?)", place))
    if up_to is not None:
        bounds.append(("s.turn <= ?", [up_to]))
    return all_of(bounds)


def _keys(
    conn: Connection, source: EventSource, wanted: EventFilter, limit: int, descending: bool, bounds: Clause
) -> list[Key]:
    """The first keys of a table's events that are meant."""
    order = "DESC" if descending else "ASC"
    found: set[Row] = set()
    for clause in _ways(conn, source, wanted):
        where, values = all_of([clause, bounds])
        sql = f"SELECT {source.time}, s.id FROM {_tables(source, where)} WHERE {where}"
        ordered = f"{sql} ORDER BY {source.time} {order}, s.id {order} LIMIT ?"
        found.update(conn.execute(ordered, (*values, limit)))
    keys = [Key(must_read_moment(time), must_read_identity(id)) for time, id in found]
    return sorted(keys, reverse=descending)[:limit]


def _tables(source: EventSource, text: str) -> str:
    return f"{source.table} s {source.joins(text)}"


def _selects(conn: Connection, source: EventSource, wanted: EventFilter, columns: str = "1") -> Iterator[Clause]:
    """Statements that give some columns of a table's events that are meant, each event in one of them and once."""
    ways = list(_ways(conn, source, wanted))
    overlap = wanted.is_narrow and len(ways) > 1
    parts = [_select(source, f"s.id, {columns}" if overlap else columns, way) for way in ways]
    if overlap:
        yield " UNION ".join(sql for sql, _ in parts), [value for _, values in parts for value in values]
    else:
        yield from parts


def _select(source: EventSource, columns: str, way: Clause) -> Clause:
    where, values = way
    return f"SELECT {columns} FROM {_tables(source, columns + where)} WHERE {where}", values


def _ways(conn: Connection, source: EventSource, wanted: EventFilter) -> Iterator[Clause]:
    """Conditions of which one suffices, each with an index of its own.

    What is narrow is looked up by each of the ways in which a resource can have a part in an event, and may be found by
    several; all else by the name, and is found by one.
    """
    names = source.names(wanted.name)
    if NEVER in (names[0], _conditions(source, wanted)[0]):
        return
    if wanted.is_narrow:
        for way in _parts(source, wanted):
            clause = all_of([way, names])
            if clause[0] != NEVER:
                yield clause
        return
    others, known = _conditions(source, wanted), _names(conn, source)
    if known is None:
        yield all_of([others, names])
        return
    for name in known:
        if wanted.name.includes(source.prefix + name):
            yield all_of([(f"{source.name} = ?", [name]), others])


def _parts(source: EventSource, wanted: EventFilter) -> list[Clause]:
    """The condition of a narrow filter, taken apart by the ways in which the first resource named has a part."""
    by_resource = wanted.ids is not None or wanted.resource.is_narrow
    for number, one in enumerate(() if by_resource else wanted.any_resource):
        if one.is_narrow:
            rest = replace(wanted, any_resource=_without(wanted.any_resource, number))
            ways = [source.resource(one), *source.related(one)]
            return [all_of([way, _conditions(source, rest)]) for way in ways]
    for number, one in enumerate(() if by_resource else wanted.related):
        if one.is_narrow:
            rest = replace(wanted, related=_without(wanted.related, number))
            return [all_of([way, _conditions(source, rest)]) for way in source.related(one)]
    return [_conditions(source, wanted)]


def _without(filters: tuple[ResourceFilter, ...], number: int) -> tuple[ResourceFilter, ...]:
    return (*filters[:number], *filters[number + 1 :])


def _names(conn: Connection, source: EventSource) -> list[str] | None:
    """The names in a table, found by leaping from one to the next; None where they are many."""
    column = source.name
    following = f"(SELECT MIN({column}) FROM {source.table} s WHERE {column} > known.name)"
    rows = conn.execute(
        f"WITH RECURSIVE known(name) AS (SELECT MIN({column}) FROM {source.table} s UNION ALL "
        f"SELECT {following} FROM known WHERE known.name IS NOT NULL) "
        "SELECT name FROM known WHERE name IS NOT NULL LIMIT ?",
        (MOST_NAMES + 1,),
    )
    return [name for (name,) in rows] if len(rows) <= MOST_NAMES else None


def _where(source: EventSource, wanted: EventFilter) -> Clause:
    """The whole condition of a filter on a table."""
    return all_of([_conditions(source, wanted), source.names(wanted.name)])


def _conditions(source: EventSource, wanted: EventFilter) -> Clause:
    """The condition of a filter on a table, but for the name."""
    between: list[Any] = [moment(wanted.since), moment(wanted.until)]
    return all_of(
        [
            (f"{source.time} BETWEEN ? AND ?", between),
            ANY if wanted.ids is None else among("s.id", [str(id) for id in wanted.ids]),
            source.resource(wanted.resource),
            *(one_of(source.related(one)) for one in wanted.related),
            *(one_of([source.resource(one), *source.related(one)]) for one in wanted.any_resource),
            source.text(wanted.text),
        ]
    )


def _read(conn: Connection, keys: Sequence[tuple[Key, EventSource]]) -> Iterator[Event]:
    """The events of these keys."""
    for table, (select, read) in events.READERS.items():
        ids = [str(key.id) for key, source in keys if source.table == table]
        if ids:
            sql, values = among("s.id", ids)
            yield from (read(row)[1] for row in conn.execute(f"{select} WHERE {sql}", values))


__all__ = [
    "Count",
    "Key",
    "count_by_name",
    "count_by_resource",
    "count_events",
    "count_in",
    "count_resources",
    "find_events",
]
