"""The picture of a flow run: its task runs and subflow runs as nodes, and what waited for what as edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from prefect._domain.states import State, StateType

CALLER = "__parents__"
"""Under this name the inputs of a task run hold the task run that called it."""


class GraphArtifact(NamedTuple):
    """Something that a run left to look at; its data only where it is a progress."""

    id: UUID
    created: datetime
    key: str | None
    type: str | None
    is_latest: bool
    data: Any = None


class Step(NamedTuple):
    """A task run of a flow run as the graph needs it; `subflow_id` where it stands for a subflow run."""

    task_run_id: UUID
    subflow_id: UUID | None
    label: str
    state_type: StateType
    start_time: datetime
    end_time: datetime | None
    inputs: Mapping[str, Sequence[Mapping[str, str]]]

    @property
    def node_id(self) -> UUID:
        return self.subflow_id or self.task_run_id


@dataclass(slots=True)
class Node:
    """A task run or a subflow run, those it waited for, those that waited for it, and the runs that called it."""

    kind: Literal["flow-run", "task-run"]
    id: UUID
    label: str
    state_type: StateType
    start_time: datetime
    end_time: datetime | None
    parents: list[UUID] = field(default_factory=list)
    children: list[UUID] = field(default_factory=list)
    encapsulating: list[UUID] = field(default_factory=list)
    artifacts: list[GraphArtifact] = field(default_factory=list)


@dataclass(slots=True)
class Graph:
    """A flow run's nodes in the order in which they started, its states, and its own artifacts."""

    start_time: datetime | None
    end_time: datetime | None
    nodes: dict[UUID, Node]
    states: list[State]
    artifacts: list[GraphArtifact] = field(default_factory=list)

    @property
    def roots(self) -> list[UUID]:
        """The nodes that waited for no other."""
        return [id for id, node in self.nodes.items() if not node.parents]


def nodes_of(steps: Sequence[Step]) -> dict[UUID, Node]:
    """The nodes of a flow run's task runs, with the edges between them."""
    names = {id: step.node_id for step in steps for id in (step.task_run_id, step.node_id)}
    nodes = {step.node_id: _node(step) for step in steps}
    for step in steps:
        node = nodes[step.node_id]
        for parameter, sources in step.inputs.items():
            edges = node.encapsulating if parameter == CALLER else node.parents
            edges.extend(_known(sources, names, edges))
    for node in nodes.values():
        for parent in node.parents:
            nodes[parent].children.append(node.id)
    return nodes


def _node(step: Step) -> Node:
    kind: Literal["flow-run", "task-run"] = "task-run" if step.subflow_id is None else "flow-run"
    return Node(kind, step.node_id, step.label, step.state_type, step.start_time, step.end_time)


def _known(sources: Sequence[Mapping[str, str]], names: Mapping[UUID, UUID], held: Sequence[UUID]) -> list[UUID]:
    """The nodes that inputs came from, each once, without those that are in the graph's other parts or held already."""
    found = [
        names.get(UUID(source["id"])) for source in sources if source.get("input_type") in ("task_run", "flow_run")
    ]
    return [id for id in dict.fromkeys(found) if id is not None and id not in held]
