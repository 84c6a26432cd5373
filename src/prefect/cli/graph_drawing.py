"""The graph of a flow run as a tree: what waited for what; tasks that are many of a kind are one line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from prefect._wire.graphs import Graph, Node
from prefect.cli.output import duration

MANY = 5
"""How many tasks of one name, in one place, are a line each."""
NUMBER = re.compile(r"-[0-9a-f]{3}$")
"""What ends the name of a task run that has none of its own."""


def lines_of(graph: Graph) -> list[str]:
    """The lines of a graph. What has several parents stands below the first one, and names the others."""
    return list(Drawing(graph).lines())


class Drawing:
    """Walks a graph from its roots; each node is drawn once."""

    def __init__(self, graph: Graph) -> None:
        self._nodes = dict(graph.nodes)
        self._roots = graph.root_node_ids
        self._drawn: set[UUID] = set()

    def lines(self) -> Iterator[str]:
        yield from self._level(self._roots, "", is_top=True)

    def _level(self, ids: Sequence[UUID], indent: str, *, is_top: bool = False) -> Iterator[str]:
        entries = self._entries(ids)
        for number, (text, below) in enumerate(entries, 1):
            is_last = number == len(entries)
            yield f"{indent}{'' if is_top else '└─ ' if is_last else '├─ '}{text}"
            yield from self._level(below, indent if is_top else f"{indent}{'   ' if is_last else '│  '}")

    def _entries(self, ids: Sequence[UUID]) -> list[tuple[str, list[UUID]]]:
        """The lines of one level, each with what stands below it."""
        fresh = [id for id in ids if id in self._nodes and id not in self._drawn]
        self._drawn.update(fresh)
        kinds = Counter(_kind(self._nodes[id]) for id in fresh)
        told, grouped = list[tuple[str, list[UUID]]](), set[str]()
        for id in fresh:
            kind = _kind(self._nodes[id])
            if kinds[kind] <= MANY:
                told.append((self._line(id), self._children(id)))
            elif kind not in grouped:
                grouped.add(kind)
                group = [other for other in fresh if _kind(self._nodes[other]) == kind]
                told.append(
                    (self._line_of_many(kind, group), [child for one in group for child in self._children(one)])
                )
        return told

    def _children(self, id: UUID) -> list[UUID]:
        return list(dict.fromkeys(edge.id for edge in self._nodes[id].children))

    def _line(self, id: UUID) -> str:
        node = self._nodes[id]
        others = [self._nodes[edge.id].label for edge in node.parents[1:] if edge.id in self._nodes]
        after = "" if not others else f"  (also after {', '.join(others[:3])}{' …' if len(others) > 3 else ''})"
        return f"{_mark(node)} {node.label}  {_word(node)}{_time(node.start_time, node.end_time)}{after}"

    def _line_of_many(self, kind: str, ids: Sequence[UUID]) -> str:
        nodes = [self._nodes[id] for id in ids]
        states = Counter(_word(node) for node in nodes)
        counted = ", ".join(f"{count} {state}" for state, count in states.most_common())
        worst = next((node for node in nodes if _mark(node) == "✗"), nodes[0])
        begun = min((node.start_time for node in nodes), default=None)
        ended = max((node.end_time for node in nodes if node.end_time), default=None)
        return f"{_mark(worst)} {kind} × {len(nodes)}  {counted}{_time(begun, ended)}"


def _kind(node: Node) -> str:
    return NUMBER.sub("", node.label)


def _mark(node: Node) -> str:
    marks = {"COMPLETED": "✓", "FAILED": "✗", "CRASHED": "✗", "RUNNING": "▶", "CANCELLED": "■"}
    return marks.get(str(getattr(node.state_type, "value", node.state_type)), "…")


def _word(node: Node) -> str:
    return str(getattr(node.state_type, "value", node.state_type)).capitalize()


def _time(start: datetime | None, end: datetime | None) -> str:
    if start is None or end is None:
        return ""
    return f"  {duration(timedelta(milliseconds=max(0, (end - start) // timedelta(milliseconds=1))))}"
