"""`prefect work-queue …`"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from cyclopts import App, Parameter

from prefect._clock import now
from prefect._wire import filters
from prefect._wire.work_pools import WorkQueueResponse
from prefect.cli.client import asking
from prefect.cli.confirming import Yes, confirm
from prefect.cli.found import meant
from prefect.cli.output import Output, ago, show_fields, show_json, show_table
from prefect.cli.paging import up_to
from prefect.cli.running import CommandError
from prefect.cli.upcoming import show_holders, show_upcoming
from prefect.cli.work_pools import pool_of, slots, status_of
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectAlreadyExists

app = App(name="work-queue", help="Make the queues of work pools, look at them, and say how much they may run.")

HINT = "`prefect work-queue ls` lists those there are."
Queue = Annotated[str, Parameter(help="Its name, or its id.")]
Pool = Annotated[
    str | None, Parameter(name=["--pool", "-p"], help="The work pool it belongs to; the default pool if none is named.")
]


@app.command
def create(
    name: str,
    *,
    pool: Pool = None,
    limit: Annotated[int | None, Parameter(name=["--limit", "-l"])] = None,
    priority: Annotated[int | None, Parameter(name=["--priority", "-q"])] = None,
    description: str | None = None,
) -> None:
    """Make a queue in a work pool.

    prefect work-queue create urgent --pool my-pool --priority 1 --limit 2

    Parameters
    ----------
    limit
        How many of its runs may be under way at once.
    priority
        Of two queues the one with the smaller number is served first.
    description
        What it is for.
    """
    with asking() as client:
        if pool is not None:
            pool_of(client, pool)
        try:
            made = client.create_work_queue(
                name, description=description, concurrency_limit=limit, priority=priority, work_pool_name=pool
            )
        except ObjectAlreadyExists:
            raise CommandError(f"The pool has a queue {name!r} already.") from None
    print(f"Made work queue {made.name!r} in the pool {made.work_pool_name!r}, with priority {made.priority}.")


@app.command
def ls(
    *,
    pool: Pool = None,
    match: Annotated[str | None, Parameter(name=["--match", "-m"])] = None,
    verbose: Annotated[bool, Parameter(name=["--verbose", "-v"])] = False,
    output: Output = None,
) -> None:
    """List work queues, those of each pool in the order in which they are served.

    Parameters
    ----------
    pool
        Only queues of this work pool.
    match
        Only queues whose names begin so.
    verbose
        With id and description.
    """
    wanted = filters.WorkQueueFilter.model_validate({"name": {"startswith_": [match]}} if match is not None else {})
    with asking() as client:
        if pool is not None:
            pool_of(client, pool)
        found = up_to(None, lambda **piece: client.read_work_queues(pool, wanted, **piece))
    if output == "json":
        show_json(found)
        return
    columns = ("Name", "Pool", "Priority", "Status", "Running", *(("Id", "Description") if verbose else ()))
    rows = [
        (
            queue.name,
            queue.work_pool_name,
            queue.priority,
            status_of(queue.status),
            slots(queue.active_slots, queue.concurrency_limit),
            *((queue.id, queue.description) if verbose else ()),
        )
        for queue in found
    ]
    show_table(columns, rows, empty="There are no such queues.")


@app.command
def inspect(name: Queue, *, pool: Pool = None, output: Output = None) -> None:
    """Show everything known about a queue."""
    with asking() as client:
        queue = _queue(client, name, pool)
        health = client.read_work_queue_status(queue.id)
    if output == "json":
        show_json({**queue.model_dump(mode="json"), "health": health})
        return
    show_fields(
        {
            "Work queue": queue.name,
            "Id": queue.id,
            "Pool": queue.work_pool_name,
            "Description": queue.description,
            "Status": status_of(queue.status),
            "Priority": queue.priority,
            "Running": slots(queue.active_slots, queue.concurrency_limit),
            "Late runs": health.late_runs_count,
            "Last asked for": ago(queue.last_polled),
            "Created": queue.created,
        }
    )


@app.command
def pause(name: Queue, *, pool: Pool = None) -> None:
    """Have a queue start nothing."""
    queue = _update(name, pool, is_paused=True)
    print(f"Paused work queue {queue.name!r}.")


@app.command
def resume(name: Queue, *, pool: Pool = None) -> None:
    """Have a queue start runs again."""
    queue = _update(name, pool, is_paused=False)
    print(f"Resumed work queue {queue.name!r}.")


@app.command
def set_concurrency_limit(name: Queue, limit: int, *, pool: Pool = None) -> None:
    """Say how many runs of a queue may be under way at once."""
    queue = _update(name, pool, concurrency_limit=limit)
    print(f"At most {limit} runs of work queue {queue.name!r} are under way at once.")


@app.command
def clear_concurrency_limit(name: Queue, *, pool: Pool = None) -> None:
    """Let any number of runs of a queue be under way."""
    queue = _update(name, pool, concurrency_limit=None)
    print(f"Work queue {queue.name!r} has no limit now.")


@app.command
def preview(name: Queue, *, pool: Pool = None, hours: float = 1, output: Output = None) -> None:
    """List the runs of a queue that are due in the coming hours.

    Parameters
    ----------
    hours
        How far to look ahead.
    """
    with asking() as client:
        wanted = filters.WorkQueueFilter.model_validate({"id": {"any_": [_queue(client, name, pool).id]}})
        show_upcoming(client, now() + timedelta(hours=hours), output, work_queue_filter=wanted)


@app.command
def read_runs(name: Queue, *, pool: Pool = None, output: Output = None) -> None:
    """List the runs of a queue that are due now and that a worker could start."""
    with asking() as client:
        found = client.get_runs_in_work_queue(_queue(client, name, pool).id, limit=100)
    if output == "json":
        show_json(found)
        return
    rows = [(run.id, run.name, run.state, ago(run.next_scheduled_start_time)) for run in found]
    show_table(("Id", "Name", "State", "When"), rows, empty="No runs are due.", has_short_ids=True)


@app.command(name="slots")
def show_slots(name: Queue, *, pool: Pool = None, output: Output = None) -> None:
    """Show who takes the slots of a queue."""
    with asking() as client:
        queue = _queue(client, name, pool)
        told = client.read_work_queue_concurrency_status(queue.id)
    if output == "json":
        show_json(told)
        return
    print(f"Work queue {queue.name!r}: {slots(told.active_slots, told.concurrency_limit)} running")
    show_holders(told.flow_runs)


@app.command
def delete(name: Queue, *, pool: Pool = None, yes: Yes = False) -> None:
    """Remove a queue. Deployments that used it wait in none from then on."""
    with asking() as client:
        queue = _queue(client, name, pool)
        confirm(f"This removes the queue {queue.name!r} of the pool {queue.work_pool_name!r}.", yes=yes, needed=False)
        client.delete_work_queue_by_id(queue.id)
    print(f"Deleted work queue {queue.name!r}.")


def _queue(client: SyncPrefectClient, name: str, pool: str | None) -> WorkQueueResponse:
    """The queue that is meant. Raises `CommandError`."""
    if pool is not None:
        pool_of(client, pool)
    return meant(
        "work queue",
        name,
        client.read_work_queue,
        lambda named: client.read_work_queue_by_name(named, pool),
        lambda: client.read_work_queues(pool),
        hint=HINT if pool is not None else f"{HINT} Name its pool by --pool.",
    )


def _update(name: str, pool: str | None, **changes: Any) -> WorkQueueResponse:
    with asking() as client:
        queue = _queue(client, name, pool)
        client.update_work_queue(queue.id, **changes)
    return queue
