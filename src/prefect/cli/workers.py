"""`prefect worker …` and `prefect agent …`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter, validators

from prefect._domain.work_pools import DEFAULT_POOL
from prefect.cli.choosing import is_confirmed, may_ask
from prefect.cli.client import asking
from prefect.cli.output import Output, ago, show_json, show_table
from prefect.cli.paging import up_to
from prefect.cli.running import CommandError
from prefect.cli.values import json_of_file
from prefect.cli.work_pools import pool_of
from prefect.exceptions import ObjectNotFound
from prefect.logging.saying import saying_as

app = App(name="worker", help="Start a worker, and look at those there are.")
agent = App(name="agent", help="Start an agent: a worker of the default pool, by its name of old.")

Limit = Annotated[
    int | None,
    Parameter(name=["--limit", "-l"], validator=validators.Number(gte=1), help="At most so many at once."),
]
Queues = Annotated[
    list[str] | None,
    Parameter(name=["--work-queue", "-q"], help="Only runs of this queue; may be given several times."),
]
Prefetch = Annotated[
    int | None, Parameter(help="Is taken for older programs: runs are claimed when they are due, and start at once.")
]
RunOnce = Annotated[bool, Parameter(help="End as soon as no run is due and none is at work.")]


@app.command
def start(
    *,
    pool: Annotated[str, Parameter(name=["--pool", "-p"])],
    name: Annotated[str | None, Parameter(name=["--name", "-n"])] = None,
    work_queue: Queues = None,
    type: Annotated[str | None, Parameter(name=["--type", "-t"])] = None,
    limit: Limit = None,
    prefetch_seconds: Prefetch = None,
    run_once: RunOnce = False,
    with_healthcheck: bool = False,
    install_policy: Literal["always", "if-not-present", "never", "prompt"] = "prompt",
    base_job_template: Path | None = None,
    create_pool_if_not_found: Annotated[bool, Parameter(negative="--no-create-pool-if-not-found")] = True,
) -> None:
    """Start a worker: it starts the runs of a work pool until Ctrl-C.

    The first Ctrl-C, or SIGTERM, lets the runs at work end; the second ends them.

    prefect worker start --pool my-pool
    prefect worker start --pool my-pool --work-queue urgent --limit 4
    prefect worker start --pool my-pool --run-once

    Parameters
    ----------
    pool
        The work pool.
    name
        What the worker is called.
    type
        What it starts: process. The type of the pool if none is named.
    with_healthcheck
        Answer GET /health, at PREFECT_WORKER_WEBSERVER_HOST and _PORT.
    install_policy
        Whether the package that brings the type is installed where it is not there; `always` updates it, too.
    base_job_template
        A JSON file for the pool, where it is made.
    create_pool_if_not_found
        Make the pool where it is not there.
    """
    template = json_of_file(base_job_template) if base_job_template is not None else None
    kind = _type_at(pool, type, makes_pool=create_pool_if_not_found)
    _have_installed(kind, install_policy)
    _work(
        pool,
        kind,
        work_queues=work_queue,
        name=name,
        limit=limit,
        create_pool_if_not_found=create_pool_if_not_found,
        base_job_template=template,
        run_once=run_once,
        with_healthcheck=with_healthcheck,
    )


def _type_at(name: str, wanted: str | None, *, makes_pool: bool) -> str:
    """The type of the worker of a pool; says what is made, and why nothing may start."""
    say = saying_as("prefect.workers")
    with asking() as client:
        try:
            pool = client.read_work_pool(name)
        except ObjectNotFound:
            kind = wanted or "process"
            if makes_pool:
                say(f"There is no work pool {name!r}; it is made, of the type {kind!r}.")
            return kind
    if pool.is_paused:
        say(f"The work pool {name!r} is paused: nothing starts until `prefect work-pool resume {name!r}`.")
    return wanted or ("process" if pool.type == "prefect-agent" else pool.type)


def _have_installed(type: str, policy: Literal["always", "if-not-present", "never", "prompt"]) -> None:
    from prefect.workers.installing import have_installed

    have_installed(type, policy, lambda what: may_ask() and is_confirmed(f"{what} Install it now?"))


def _work(pool: str, type: str, *, run_once: bool, with_healthcheck: bool = False, **options: object) -> None:
    from prefect.workers.starting import work

    work(pool, type, run_once=run_once, with_healthcheck=with_healthcheck, **options)


@app.command
def ls(*, pool: Annotated[str | None, Parameter(name=["--pool", "-p"])] = None, output: Output = None) -> None:
    """List the workers of a work pool, or of all, the last heard of first.

    Parameters
    ----------
    pool
        The work pool.
    """
    with asking() as client:
        pools = [pool_of(client, pool)] if pool is not None else up_to(None, client.read_work_pools)
        found = [
            (one.name, worker)
            for one in pools
            for worker in up_to(None, lambda name=one.name, **piece: client.read_workers_for_work_pool(name, **piece))
        ]
    if output == "json":
        show_json([{**worker.model_dump(mode="json"), "work_pool_name": name} for name, worker in found])
        return
    rows = [(worker.name, name, worker.status.lower(), ago(worker.last_heartbeat_time)) for name, worker in found]
    hint = "No worker has been here. Start one: prefect worker start --pool my-pool"
    show_table(("Name", "Pool", "Status", "Heard of"), rows, empty=hint)


@agent.command(name="start")
def start_agent(
    work_queue: Annotated[list[str] | None, Parameter(name=["--work-queue", "-q"])] = None,
    *,
    match: Annotated[list[str] | None, Parameter(name=["--match", "-m"])] = None,
    pool: Annotated[str | None, Parameter(name=["--pool", "-p"])] = None,
    limit: Limit = None,
    prefetch_seconds: Prefetch = None,
    run_once: RunOnce = False,
) -> None:
    """Start an agent: it starts the runs of the default pool, or of another one, until Ctrl-C.

    prefect agent start -q default
    prefect agent start --pool my-pool

    Parameters
    ----------
    work_queue
        Only runs of this queue; may be given several times.
    match
        Only runs of the queues whose names begin so.
    pool
        The work pool; the default pool if none is named.
    """
    pool = pool or DEFAULT_POOL
    queues = [*(work_queue or ()), *(_matching(match, pool) if match else ())]
    _work(pool, "process", work_queues=queues, limit=limit, run_once=run_once)


def _matching(prefixes: list[str], pool: str) -> list[str]:
    with asking() as client:
        pool_of(client, pool)
        found = [queue.name for queue in client.match_work_queues(prefixes, pool)]
    if not found:
        raise CommandError(f"No queue of the pool {pool!r} begins with {' or '.join(map(repr, prefixes))}.")
    return found
