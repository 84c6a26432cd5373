"""The graph of a flow run."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from prefect._domain.graph import Graph, nodes_of
from prefect._domain.tries import Try, tries_in
from prefect._store import flow_runs
from prefect._store import graphs as store
from prefect._store.database import Database
from prefect.exceptions import ObjectNotFound

MOST_MOMENTS = 20_000
"""How many states are looked at for the tries of a run's tasks."""


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


def tries(db: Database, flow_run_id: UUID) -> list[Try]:
    """The tries of the task runs of a flow run that were run more than once."""
    with db.read() as conn:
        return list(tries_in(store.moments_of_retried(conn, flow_run_id, limit=MOST_MOMENTS)))
