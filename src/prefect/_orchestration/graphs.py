"""The graph of a flow run."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from prefect._domain.graph import Graph, nodes_of
from prefect._store import flow_runs
from prefect._store import graphs as store
from prefect._store.database import Database
from prefect.exceptions import ObjectNotFound


class TooManyNodes(ValueError):
    """A flow run has more runs than a graph may show."""

    def __init__(self, most: int) -> None:
        super().__init__(
            f"The graph of this flow run has more than {most} nodes. Ask for a later part of it, or raise "
            "PREFECT_SERVER_FLOW_RUN_GRAPH_MAX_NODES."
        )


def read(db: Database, flow_run_id: UUID, *, since: datetime, most_nodes: int, most_artifacts: int) -> Graph:
    """What ran in a flow run and was not over before a moment. Raises `ObjectNotFound` and `TooManyNodes`."""
    with db.read() as conn:
        run = flow_runs.read_flow_run(conn, flow_run_id)
        if run is None:
            raise ObjectNotFound(help_message=f"There is no flow run {flow_run_id}.")
        steps = store.steps_of(conn, flow_run_id, since=since, limit=most_nodes + 1)
        if len(steps) > most_nodes:
            raise TooManyNodes(most_nodes)
        graph = Graph(run.start_time, run.end_time, nodes_of(steps), flow_runs.flow_run_states(conn, flow_run_id))
        for task_run_id, artifact in store.artifacts_of(conn, flow_run_id, limit=most_artifacts):
            if task_run_id is None:
                graph.artifacts.append(artifact)
            elif task_run_id in graph.nodes:
                graph.nodes[task_run_id].artifacts.append(artifact)
    return graph
