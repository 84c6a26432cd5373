"""`prefect deployment …`"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from cyclopts import App, Parameter

from prefect._clock import now
from prefect._domain.flow_runs import FlowRun
from prefect._domain.schedules.words import in_words
from prefect._domain.states import State, StateDetails, StateType
from prefect._wire import filters
from prefect._wire.deployments import DeploymentUpdate
from prefect._wire.objects import Deployment
from prefect.cli.client import asking
from prefect.cli.confirming import Yes, confirm
from prefect.cli.deployment_names import deployment_of, named
from prefect.cli.moments import length_of, moment_of
from prefect.cli.output import Output, ago, duration, moment, show_fields, show_json, show_table
from prefect.cli.paging import AtLeastOne, up_to
from prefect.cli.running import CommandError
from prefect.cli.values import job_variables, json_object, pairs
from prefect.cli.watching import LOOK_EVERY, require_completed, watch
from prefect.client.orchestration import SyncPrefectClient

app = App(name="deployment", help="Look at deployments, run them, and care for their schedules.")
app.command("prefect.cli.schedules:app", name="schedule", help="Look at a deployment's schedules, and change them.")
app.command("prefect.cli.backfills:backfill", name="backfill", help="Have a deployment's past run, slot by slot.")
for name, (place, meaning) in {
    "build": ("build", "Make a deployment of a flow, the older way."),
    "apply": ("apply", "Record deployments that files hold."),
    "set-schedule": ("set_schedule", "Give a deployment one schedule in place of those it has."),
    "pause-schedule": ("pause", "Have the schedules of a deployment plan no more runs."),
    "resume-schedule": ("resume", "Have the schedules of a deployment plan runs again."),
}.items():
    app.command(f"prefect.cli.old_deployments:{place}", name=name, help=meaning)

Name = Annotated[str | None, Parameter(help="FLOW/DEPLOYMENT, or the deployment's name alone where it is clear.")]
Id = Annotated[str | None, Parameter(help="Its id, or the beginning of one, instead of the name.")]


@app.command
def ls(
    *,
    flow_name: list[str] | None = None,
    by_created: bool = False,
    limit: Annotated[int, AtLeastOne] = 200,
    output: Output = None,
) -> None:
    """List deployments by name.

    prefect deployment ls --flow-name etl

    Parameters
    ----------
    flow_name
        Only deployments of this flow; may be given several times.
    by_created
        The latest first.
    limit
        At most so many.
    """
    flows = filters.FlowFilter.model_validate({"name": {"any_": flow_name}}) if flow_name else None
    order = "CREATED_DESC" if by_created else "NAME_ASC"
    with asking() as client:
        found = named(
            client, up_to(limit, lambda **piece: client.read_deployments(flow_filter=flows, sort=order, **piece))
        )
    if not by_created:
        found.sort(key=lambda pair: pair[0])
    if output == "json":
        show_json([{**one.model_dump(mode="json"), "full_name": name} for name, one in found])
        return
    rows = [(name, _status(one), _schedules(one), _pool(one), ", ".join(one.tags), one.id) for name, one in found]
    hint = "There are no deployments yet. Make one: prefect deploy my_flow.py:my_flow --name my-deployment"
    show_table(("Name", "Status", "Schedules", "Pool", "Tags", "Id"), rows, empty=hint, has_short_ids=True)


def _status(deployment: Deployment) -> str:
    if deployment.paused:
        return "paused"
    return "ready" if deployment.status == "READY" else "not ready"


def _schedules(deployment: Deployment) -> str:
    return ", ".join(
        in_words(one.schedule) if one.active else f"{in_words(one.schedule)} (off)" for one in deployment.schedules
    )


def _pool(deployment: Deployment) -> str | None:
    if deployment.work_pool_name is None or deployment.work_queue_name in (None, "default"):
        return deployment.work_pool_name
    return f"{deployment.work_pool_name}/{deployment.work_queue_name}"


@app.command
def inspect(name: Name = None, *, id: Id = None, output: Output = None) -> None:
    """Show everything known about a deployment.

    prefect deployment inspect etl/nightly
    """
    with asking() as client:
        full_name, found = deployment_of(client, name, id)
    if output == "json":
        show_json({**found.model_dump(mode="json"), "full_name": full_name})
        return
    limit = found.global_concurrency_limit
    show_fields(
        {
            "Deployment": full_name,
            "Id": found.id,
            "Status": _status(found),
            "Description": found.description,
            "Version": found.version,
            "Schedules": _schedules(found),
            "Next run": _next_run(found),
            "Pool": _pool(found),
            "Entrypoint": found.entrypoint,
            "Path": found.path,
            "Parameters": found.parameters,
            "Job variables": found.job_variables,
            "Tags": ", ".join(found.tags),
            "Concurrency": f"{limit.active_slots} of {limit.limit} taken" if limit is not None else None,
            "Expected within": _length(found.expect_within),
            "Last asked for": ago(found.last_polled),
            "Created": found.created,
            "Updated": found.updated,
        }
    )


def _length(seconds: float | None) -> str | None:
    return duration(timedelta(seconds=seconds)) if seconds is not None else None


def _next_run(deployment: Deployment) -> str | None:
    if deployment.paused:
        return None
    coming = [next(one.schedule.occurrences(now()), None) for one in deployment.schedules if one.active]
    soonest = min((due for due in coming if due is not None), default=None)
    return f"{moment(soonest)} ({ago(soonest)})" if soonest is not None else None


@Parameter(name="*")
@dataclass(frozen=True)
class Starting:
    """When a run is to start."""

    start_in: str | None = None
    """Start after this time, such as "2 hours" or "1h30m"."""
    start_at: str | None = None
    """Start at this moment, such as "2030-01-31 18:30" or "tomorrow 9:00"."""

    def moment(self, *, now: datetime) -> datetime:
        """The moment. Raises `CommandError` where it is said both ways."""
        if self.start_in is not None and self.start_at is not None:
            raise CommandError("--start-in and --start-at cannot be used together: choose one.")
        if self.start_in is not None:
            return now + length_of(self.start_in.strip().removeprefix("in "))
        return moment_of(self.start_at, now=now) if self.start_at is not None else now


@Parameter(name="*")
@dataclass(frozen=True)
class Watching:
    """Whether one waits for a run, and how."""

    watch: Annotated[bool, Parameter(name="--watch")] = False
    """Wait until it ends and show its states; the exit code is 0 only where it completes."""
    watch_interval: float = LOOK_EVERY
    """Seconds between two looks."""
    watch_timeout: float | None = None
    """Seconds to wait at most."""

    def follow(self, client: SyncPrefectClient, id: UUID) -> None:
        """Watch the run until it ends, if that is wished."""
        if self.watch:
            run, pause = client.read_flow_run(id), self.watch_interval or LOOK_EVERY
            require_completed(watch(client, run, timeout=self.watch_timeout, interval=pause))


AT_ONCE, NOT_WATCHED = Starting(), Watching()


@app.command(name="run")
def run_deployment(
    name: Name = None,
    *,
    id: Id = None,
    param: Annotated[list[str] | None, Parameter(name=["--param", "-p"])] = None,
    params: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    job_variable: Annotated[list[str] | None, Parameter(name=["--job-variable", "-jv"])] = None,
    starting: Starting = AT_ONCE,
    tag: Annotated[list[str] | None, Parameter(name=["--tag", "-t"])] = None,
    flow_run_name: str | None = None,
    watching: Watching = NOT_WATCHED,
    output: Output = None,
) -> None:
    """Have a deployment run once.

    prefect deployment run etl/nightly
    prefect deployment run etl/nightly -p limit=10 -p 'sources=["a", "b"]' --watch
    prefect deployment run etl/nightly --start-in "2 hours"
    prefect deployment run etl/nightly --start-at "tomorrow 9:00 Asia/Shanghai"

    Parameters
    ----------
    param
        A parameter, NAME=VALUE, the value JSON or else text; may be given several times.
    params
        All parameters as a JSON object; - reads it from the standard input.
    job_variable
        A job variable of this run, NAME=VALUE; may be given several times.
    tag
        A tag; may be given several times.
    flow_run_name
        The name of the run.
    """
    parameters = {**json_object(params, "--params"), **pairs(param, "--param")}
    start = starting.moment(now=now().astimezone())
    with asking() as client:
        full_name, found = deployment_of(client, name, id)
        run = client.create_flow_run_from_deployment(
            found.id,
            parameters=parameters,
            state=State(StateType.SCHEDULED, state_details=StateDetails(scheduled_time=start)),
            name=flow_run_name,
            tags=tag,
            job_variables=job_variables(job_variable) or None,
        )
        if output == "json":
            show_json(client.read_flow_run(run.id))
        else:
            _say(full_name, run, start)
        watching.follow(client, run.id)


def _say(name: str, run: FlowRun, start: datetime) -> None:
    due = ago(start)
    when = f", which starts {due}" if due.startswith("in ") else ""
    print(f"Made flow run {run.name!r} of {name}{when} ({run.id}).")
    print(f"`prefect flow-run watch {run.id}` shows what becomes of it.")


@app.command
def delete(
    name: Name = None,
    *,
    id: Id = None,
    all: Annotated[bool, Parameter(name="--all")] = False,
    yes: Yes = False,
) -> None:
    """Remove a deployment with its schedules; its runs remain.

    Parameters
    ----------
    all
        Remove every deployment.
    """
    with asking() as client:
        meant = _meant(client, name, id, all)
        if all:
            confirm(f"This removes all {len(meant)} deployments.", yes=yes)
        for full_name, found in meant:
            client.delete_deployment(found.id)
            print(f"Deleted deployment {full_name}.")
        if not meant:
            print("There are no deployments.")


def _meant(client: SyncPrefectClient, name: str | None, id: str | None, all: bool) -> list[tuple[str, Deployment]]:
    if not all:
        return [deployment_of(client, name, id)]
    if name is not None or id is not None:
        raise CommandError("--all means every deployment; name none beside it.")
    return named(client, up_to(None, client.read_deployments))


@app.command(name="set")
def set_(
    name: Name = None,
    *,
    id: Id = None,
    expect_within: str | None = None,
    concurrency_limit: str | None = None,
    description: str | None = None,
) -> None:
    """Change what a deployment says of itself; what is not given stays.

    prefect deployment set etl/nightly --expect-within "2 hours"
    prefect deployment set etl/nightly --expect-within none --concurrency-limit 3

    Parameters
    ----------
    expect_within
        Within which time after it is due a run is expected to have ended, such as "2h"; "none" for no such time.
    concurrency_limit
        How many of its runs may be at work at once; "none" for any number.
    description
        What it is for.
    """
    changes: dict[str, object] = {} if description is None else {"description": description or None}
    if expect_within is not None:
        changes["expect_within"] = _seconds(expect_within)
    if concurrency_limit is not None:
        changes["concurrency_limit"] = _number(concurrency_limit)
    if not changes:
        raise CommandError("Say what is to change: --expect-within, --concurrency-limit or --description.")
    with asking() as client:
        full_name, found = deployment_of(client, name, id)
        client.update_deployment(found.id, DeploymentUpdate.model_validate(changes))
    print(f"Changed deployment {full_name}.")


def _seconds(said: str) -> float | None:
    if said == "none":
        return None
    seconds = length_of(said).total_seconds()
    if seconds <= 0:
        raise CommandError(f"--expect-within is a length of time after a run is due; {said!r} is none.")
    return seconds


def _number(said: str) -> int | None:
    if said == "none":
        return None
    if not said.isdecimal() or int(said) < 1:
        raise CommandError(f"--concurrency-limit is a number from 1 on, or none; it is {said!r}.")
    return int(said)


@app.command
def pause(name: Name = None, *, id: Id = None) -> None:
    """Have the schedules of a deployment plan no more runs."""
    with asking() as client:
        full_name, found = deployment_of(client, name, id)
        client.pause_deployment(found.id)
    print(f"Paused deployment {full_name}: its schedules plan no runs.")


@app.command
def resume(name: Name = None, *, id: Id = None) -> None:
    """Have the schedules of a deployment plan runs again."""
    with asking() as client:
        full_name, found = deployment_of(client, name, id)
        client.resume_deployment(found.id)
    print(f"Resumed deployment {full_name}.")
