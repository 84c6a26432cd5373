"""`prefect work-pool …`"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from prefect._clock import now
from prefect._domain.job_templates import template_for
from prefect._wire import filters
from prefect._wire.work_pools import WorkPoolCreate, WorkPoolResponse, WorkPoolUpdate
from prefect.cli.client import asking
from prefect.cli.confirming import Yes, confirm, no_such
from prefect.cli.output import Output, ago, show_fields, show_json, show_table
from prefect.cli.paging import up_to
from prefect.cli.running import CommandError
from prefect.cli.upcoming import show_holders, show_upcoming
from prefect.cli.values import json_of_file
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.settings import get_current_settings, update_current_profile

app = App(name="work-pool", help="Make work pools, look at them, and say how much they may run.")

HINT = "`prefect work-pool ls` lists those there are."
Verbose = Annotated[bool, Parameter(name=["--verbose", "-v"])]
Provision = Annotated[bool, Parameter(name=["--provision-infra", "--provision-infrastructure"])]
Type = Parameter(name=["--type", "-t"])
OURS = ("process", "prefect-agent")
"""The types of pools that need no worker of another package."""


@app.command
def create(
    name: str,
    *,
    type: Annotated[str | None, Type] = None,
    base_job_template: Path | None = None,
    description: str | None = None,
    concurrency_limit: int | None = None,
    paused: bool = False,
    set_as_default: bool = False,
    overwrite: bool = False,
    provision_infra: Annotated[
        bool, Parameter(name=["--provision-infra", "--provision-infrastructure"], negative=())
    ] = (False),
) -> None:
    """Make a work pool. Its runs wait until a worker is there: prefect worker start --pool NAME

    prefect work-pool create my-pool
    prefect work-pool create my-pool --type process --concurrency-limit 4 --set-as-default

    Parameters
    ----------
    type
        What its workers start: process, or what an installed package starts, such as docker (prefect-docker).
    base_job_template
        A JSON file that says what can be said of its jobs; `get-default-base-job-template` prints one to begin with.
    description
        What it is for.
    concurrency_limit
        How many of its runs may be under way at once.
    paused
        Start nothing yet.
    set_as_default
        Have deployments that name no pool use it: a setting of the active profile.
    overwrite
        Change a pool that exists already.
    provision_infra
        Is not possible here.
    """
    if provision_infra:
        raise CommandError("No infrastructure can be made for you here. Make the pool without --provision-infra.")
    pool = WorkPoolCreate(
        name=name,
        type=type or "process",
        description=description,
        is_paused=paused,
        concurrency_limit=concurrency_limit,
        base_job_template=_template(type or "process", base_job_template),
    )
    with asking() as client:
        try:
            made = client.create_work_pool(pool, overwrite=overwrite)
        except ObjectAlreadyExists:
            raise CommandError(f"There is a work pool {name!r} already; say --overwrite to change it.") from None
    print(f"Made work pool {made.name!r} of the type {made.type}.")
    if set_as_default:
        update_current_profile({"PREFECT_DEFAULT_WORK_POOL_NAME": made.name})
        print("Deployments that name no pool use it.")
    print(f"Start a worker for it: prefect worker start --pool {made.name!r}")


def _template(type: str, file: Path | None) -> dict[str, Any]:
    """The job template of a new pool: what a file says, or what its kind of worker knows."""
    from prefect.workers.starting import job_template_for_pool

    known = {} if type in OURS else job_template_for_pool(type)  # which refuses a type that nobody knows
    return known if file is None else json_of_file(file)


@app.command
def ls(
    *, verbose: Annotated[bool, Parameter(name=["--verbose", "-v"], negative=())] = False, output: Output = None
) -> None:
    """List work pools by name, with the slots that are taken.

    Parameters
    ----------
    verbose
        With id and description.
    """
    with asking() as client:
        found = up_to(None, client.read_work_pools)
    if output == "json":
        show_json(found)
        return
    default = get_current_settings().deployments.default_work_pool_name
    columns = ("Name", "Type", "Status", "Running", *(("Id", "Description") if verbose else ()))
    rows = [
        (
            f"{pool.name} (default)" if pool.name == default else pool.name,
            pool.type,
            status_of(pool.status),
            slots(pool.active_slots, pool.concurrency_limit),
            *((pool.id, pool.description) if verbose else ()),
        )
        for pool in found
    ]
    show_table(columns, rows, empty="There are no work pools yet. Make one: prefect work-pool create my-pool")


def status_of(status: str | None) -> str:
    """The status of a pool or queue, for a person."""
    return (status or "").lower().replace("_", " ")


def slots(active: int | None, limit: int | None) -> str:
    """How many runs are under way, of how many."""
    return f"{active or 0}" if limit is None else f"{active or 0} of {limit}"


@app.command
def inspect(name: str, *, output: Output = None) -> None:
    """Show a work pool, its queues and its workers."""
    with asking() as client:
        pool = pool_of(client, name)
        queues = up_to(None, lambda **piece: client.read_work_queues(name, **piece))
        workers = up_to(None, lambda **piece: client.read_workers_for_work_pool(name, **piece))
    if output == "json":
        show_json({**pool.model_dump(mode="json"), "queues": queues, "workers": workers})
        return
    show_fields(
        {
            "Work pool": pool.name,
            "Id": pool.id,
            "Type": pool.type,
            "Status": status_of(pool.status),
            "Description": pool.description,
            "Running": slots(pool.active_slots, pool.concurrency_limit),
            "Job template": json.dumps(pool.base_job_template.get("job_configuration"), ensure_ascii=False),
            "Created": pool.created,
            "Updated": pool.updated,
        }
    )
    print()
    rows = [(q.name, q.priority, status_of(q.status), slots(q.active_slots, q.concurrency_limit)) for q in queues]
    show_table(("Queue", "Priority", "Status", "Running"), rows, empty="It has no queues.")
    print()
    hint = f"No worker has been here. Start one: prefect worker start --pool {pool.name!r}"
    seen = [(worker.name, worker.status.lower(), ago(worker.last_heartbeat_time)) for worker in workers]
    show_table(("Worker", "Status", "Heard of"), seen, empty=hint)


@app.command
def pause(name: str) -> None:
    """Have a work pool start nothing."""
    _update(name, WorkPoolUpdate(is_paused=True))
    print(f"Paused work pool {name!r}.")


@app.command
def resume(name: str) -> None:
    """Have a work pool start runs again."""
    _update(name, WorkPoolUpdate(is_paused=False))
    print(f"Resumed work pool {name!r}.")


@app.command
def update(
    name: str,
    *,
    base_job_template: Path | None = None,
    concurrency_limit: int | None = None,
    description: str | None = None,
) -> None:
    """Change a work pool.

    Parameters
    ----------
    base_job_template
        A JSON file that says what can be said of its jobs.
    concurrency_limit
        How many of its runs may be under way at once.
    description
        What it is for.
    """
    changes: dict[str, Any] = {"concurrency_limit": concurrency_limit, "description": description}
    given = {field: value for field, value in changes.items() if value is not None}
    if base_job_template is not None:
        given["base_job_template"] = json_of_file(base_job_template)
    if not given:
        raise CommandError("Say what is to change: --base-job-template, --concurrency-limit or --description.")
    _update(name, WorkPoolUpdate(**given))
    print(f"Changed work pool {name!r}.")


@app.command
def set_concurrency_limit(name: str, concurrency_limit: int) -> None:
    """Say how many runs of a work pool may be under way at once."""
    _update(name, WorkPoolUpdate(concurrency_limit=concurrency_limit))
    print(f"At most {concurrency_limit} runs of work pool {name!r} are under way at once.")


@app.command
def clear_concurrency_limit(name: str) -> None:
    """Let any number of runs of a work pool be under way."""
    _update(name, WorkPoolUpdate(concurrency_limit=None))
    print(f"Work pool {name!r} has no limit now.")


@app.command
def delete(name: str, *, yes: Yes = False) -> None:
    """Remove a work pool with its queues. Deployments that used it wait in none from then on."""
    with asking() as client:
        pool = pool_of(client, name)
        confirm(f"This removes the work pool {pool.name!r} with its queues.", yes=yes, needed=False)
        client.delete_work_pool(pool.name)
    print(f"Deleted work pool {name!r}.")


@app.command
def get_default_base_job_template(
    *,
    type: Annotated[str, Type] = "process",
    file: Annotated[Path | None, Parameter(name=["--file", "-f"])] = None,
) -> None:
    """Print what can be said of the jobs of a type, as JSON to begin with.

    Parameters
    ----------
    type
        The type of pools: process, or one that an installed package brings.
    file
        Write it into this file.
    """
    template = template_for(type) or _template_of_package(type)
    text = json.dumps(template, indent=2, ensure_ascii=False)
    if file is None:
        print(text)
        return
    file.write_text(f"{text}\n", encoding="utf-8")
    print(f"Wrote {file}.")


@app.command
def preview(name: str | None = None, *, hours: float = 1, output: Output = None) -> None:
    """List the runs of a work pool, or of all, that are due in the coming hours.

    Parameters
    ----------
    hours
        How far to look ahead.
    """
    with asking() as client:
        pools = filters.WorkPoolFilter.model_validate({"name": {"any_": [pool_of(client, name).name]}} if name else {})
        show_upcoming(client, now() + timedelta(hours=hours), output, work_pool_filter=pools)


@app.command(name="slots")
def show_slots(name: str, *, output: Output = None) -> None:
    """Show who takes the slots of a work pool, queue by queue."""
    with asking() as client:
        pool = pool_of(client, name)
        told = client.read_work_pool_concurrency_status(pool.name)
    if output == "json":
        show_json(told)
        return
    print(f"Work pool {pool.name!r}: {slots(told.active_slots, told.concurrency_limit)} running")
    for queue in told.queues:
        print(f"\nQueue {queue.queue_name!r}: {slots(queue.active_slots, queue.concurrency_limit)} running")
        show_holders(queue.flow_runs)


def pool_of(client: SyncPrefectClient, name: str) -> WorkPoolResponse:
    """The work pool of that name. Raises `CommandError`."""
    try:
        return client.read_work_pool(name)
    except ObjectNotFound:
        known = (pool.name for pool in client.read_work_pools())
        raise no_such("work pool", name, known, hint=HINT) from None


def _update(name: str, changes: WorkPoolUpdate) -> None:
    with asking() as client:
        client.update_work_pool(pool_of(client, name).name, changes)


@app.command(name=["provision-infra", "provision-infrastructure"])
def provision_infrastructure(name: str) -> None:
    """Say how a pool gets infrastructure: by a worker."""
    raise CommandError(
        f"No infrastructure can be made for you here. Start a worker: prefect worker start --pool {name}"
    )


app.command(
    "prefect.cli.work_pool_storage:app",
    name="storage",
    help="Say where flows are put that are handed to a pool without a deployment.",
)


def _template_of_package(type: str) -> dict[str, Any]:
    from prefect.workers.starting import job_template_for_pool

    return job_template_for_pool(type)
