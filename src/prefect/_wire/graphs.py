"""The graph of a flow run in JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from prefect._domain import graph as domain
from prefect._domain.states import StateType
from prefect._domain.task_runs import TaskRun
from prefect._domain.timing import run_time_until
from prefect._wire.models import Answer, Seconds
from prefect._wire.states import TaskRunResult, ToldState


class Edge(Answer):
    id: UUID


class GraphState(Answer):
    id: UUID
    timestamp: datetime
    type: StateType
    name: str


class GraphArtifact(Answer):
    id: UUID
    created: datetime
    key: str | None
    type: str | None
    is_latest: bool
    data: Any | None


class Node(Answer):
    kind: Literal["flow-run", "task-run"]
    id: UUID
    label: str
    state_type: StateType
    start_time: datetime
    end_time: datetime | None
    parents: list[Edge]
    children: list[Edge]
    encapsulating: list[Edge]
    artifacts: list[GraphArtifact]


class Graph(Answer):
    """The nodes of a flow run, each after its id."""

    start_time: datetime | None
    end_time: datetime | None
    root_node_ids: list[UUID]
    nodes: list[tuple[UUID, Node]]
    artifacts: list[GraphArtifact]
    states: list[GraphState]

    @classmethod
    def telling(cls, graph: domain.Graph) -> Graph:
        """The answer that tells a graph."""
        return cls(
            start_time=graph.start_time,
            end_time=graph.end_time,
            root_node_ids=graph.roots,
            nodes=[(id, _node(node)) for id, node in graph.nodes.items()],
            artifacts=[GraphArtifact.of(artifact) for artifact in graph.artifacts],
            states=[GraphState.of(state) for state in graph.states],
        )


def _node(node: domain.Node) -> Node:
    return Node.model_construct(
        kind=node.kind,
        id=node.id,
        label=node.label,
        state_type=node.state_type,
        start_time=node.start_time,
        end_time=node.end_time,
        parents=_edges(node.parents),
        children=_edges(node.children),
        encapsulating=_edges(node.encapsulating),
        artifacts=[GraphArtifact.of(artifact) for artifact in node.artifacts],
    )


def _edges(ids: list[UUID]) -> list[Edge]:
    return [Edge.model_construct(id=id) for id in ids]


class DependencyResult(Answer):
    """A task run, and the task runs that it waited for."""

    id: UUID
    name: str
    upstream_dependencies: list[TaskRunResult]
    state: ToldState | None
    expected_start_time: datetime | None
    start_time: datetime | None
    end_time: datetime | None
    total_run_time: Seconds | None
    estimated_run_time: Seconds | None
    untrackable_result: bool

    @classmethod
    def at(cls, now: datetime, run: TaskRun) -> DependencyResult:
        """A run as it is at a moment."""
        sources = [source["id"] for part in run.task_inputs.values() for source in part if "id" in source]
        return cls(
            id=run.id,
            name=run.name,
            upstream_dependencies=[TaskRunResult(id=UUID(id)) for id in dict.fromkeys(sources)],
            state=run.state,
            expected_start_time=run.expected_start_time,
            start_time=run.start_time,
            end_time=run.end_time,
            total_run_time=run.total_run_time,
            estimated_run_time=run_time_until(run, now),
            untrackable_result=bool(run.state and run.state.state_details.untrackable_result),
        )
