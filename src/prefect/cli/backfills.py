"""`prefect backfill …`, and `prefect deployment backfill`"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from cyclopts import App, Parameter

from prefect._clock import now
from prefect._domain.backfills import USUALLY_ACTIVE
from prefect._domain.schedules import CronSchedule, IntervalSchedule
from prefect._domain.schedules.words import in_words
from prefect._wire.backfills import BackfillCreate, BackfillPreview, BackfillResponse
from prefect.cli.client import asking
from prefect.cli.confirming import Yes, confirm
from prefect.cli.deployment_names import deployment_of, named
from prefect.cli.found import meant
from prefect.cli.moments import length_of, moment_of
from prefect.cli.output import Output, ago, moment, show_fields, show_json, show_table
from prefect.cli.paging import AtLeastOne, up_to
from prefect.cli.running import CommandError
from prefect.cli.schedules import schedule_of
from prefect.cli.values import job_variables, pairs
from prefect.client.orchestration import SyncPrefectClient

app = App(name="backfill", help="Look at backfills; pause, cancel and retry them.")

Deployment = Annotated[str, Parameter(help="FLOW/DEPLOYMENT, or the deployment's name alone where it is clear.")]
Name = Annotated[str, Parameter(help="The backfill's name, or its id.")]
DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
"""A date without a time of day: as an end it means the whole day."""


@Parameter(name="*")
@dataclass(frozen=True)
class Runs:
    """What its runs have beside what the deployment says."""

    work_queue: Annotated[str | None, Parameter(name=["--work-queue", "-q"])] = None
    """The queue of the deployment's pool in which they wait; it is made if there is none of that name."""
    tag: Annotated[list[str] | None, Parameter(name=["--tag", "-t"])] = None
    """A tag of each; may be given several times."""
    job_variable: Annotated[list[str] | None, Parameter(name=["--job-variable", "-jv"])] = None
    """A job variable of each, NAME=VALUE; may be given several times."""

    def given(self) -> dict[str, Any]:
        variables = job_variables(self.job_variable)
        return {"work_queue_name": self.work_queue, "tags": self.tag or [], "job_variables": variables or {}}


AS_DEPLOYED = Runs()


def backfill(
    deployment: Deployment,
    *,
    from_: Annotated[str, Parameter(name="--from")],
    to: str,
    every: str | None = None,
    cron: str | None = None,
    timezone: str | None = None,
    schedule: str | None = None,
    max_active: int = USUALLY_ACTIVE,
    order: Literal["oldest", "latest"] = "oldest",
    param: Annotated[list[str] | None, Parameter(name=["--param", "-p"])] = None,
    again: Literal["none", "failed", "all"] = "none",
    runs: Runs = AS_DEPLOYED,
    name: str | None = None,
    dry_run: bool = False,
    output: Output = None,
) -> None:
    """Have a deployment's past run: one run for each time of its schedule, or every so often, within a span.

    A slot that has run is not run again. Runs are made as there is room, by the server, or without one by a worker or a
    program that serves the flow.

    prefect deployment backfill etl/nightly --from 2026-01-01 --to 2026-01-31 --dry-run
    prefect deployment backfill etl/nightly --from 2026-01-01 --to 2026-01-31 -p 'day={{ slot.date() }}'
    prefect deployment backfill etl/nightly --from 2026-01-01 --to now --every "1 hour" --order latest --max-active 4

    Parameters
    ----------
    from_
        The first moment, such as 2026-01-01 or "2026-01-01 08:00 Asia/Shanghai".
    to
        The last moment; a date alone means the whole day. Slots after now are left out.
    every
        How far the slots lie apart, from the first moment on, in place of the deployment's schedule.
    cron
        A cron expression that says when the slots are.
    timezone
        The time zone of --every or --cron, such as Asia/Shanghai.
    schedule
        Which schedule of the deployment has the slots, where it has several: an id or a slug.
    max_active
        How many of its runs may be unfinished at once.
    order
        Which slots come first.
    param
        A parameter, NAME=VALUE, the value JSON or else text; {{ slot }} and {{ next_slot }} in it are filled in.
    again
        Which slots that have run are run again: those that did not complete, or all.
    name
        The name of the backfill; without it it gets one.
    dry_run
        Only say how many slots there are, and which are the first and the last.
    """
    here = now().astimezone()
    start = _moment(from_, here)
    given: dict[str, Any] = {
        "start": start,
        "end": _end(to, here),
        "max_active": max_active,
        "order": order,
        "parameters": pairs(param, "--param"),
        "again": again,
        "name": name,
        **runs.given(),
    }
    given["schedule"] = _written(every, cron, timezone, start)
    with asking() as client:
        full_name, found = deployment_of(client, deployment)
        if schedule is not None:
            given["schedule_id"] = schedule_of(found.schedules, schedule, full_name).id
        wanted = BackfillCreate.model_validate({"deployment_id": found.id, **given})
        if dry_run:
            _show_preview(full_name, client.preview_backfill(wanted), as_json=output == "json")
            return
        made = client.create_backfill(wanted)
    if output == "json":
        show_json(made)
        return
    print(f"Backfill {made.name!r} of {full_name} has {_slots(made.slots)}; {made.max_active} run at once at most.")
    print(f"`prefect backfill inspect {made.name}` shows how far it is.")


def _moment(text: str, here: datetime) -> datetime:
    meant = moment_of(text, now=here)
    return meant if meant.tzinfo is not None else meant.replace(tzinfo=here.tzinfo)


def _end(text: str, here: datetime) -> datetime:
    meant = _moment(text, here)
    return meant + timedelta(days=1, microseconds=-1) if DAY.fullmatch(text.strip()) else meant


def _written(
    every: str | None, cron: str | None, zone: str | None, start: datetime
) -> CronSchedule | IntervalSchedule | None:
    """The schedule that options say, or None for that of the deployment."""
    if every is not None and cron is not None:
        raise CommandError("Say --every or --cron, not both: each says when the slots are.")
    if every is not None:
        return IntervalSchedule(length_of(every), start, zone)
    if cron is not None:
        return CronSchedule(cron, zone)
    if zone is not None:
        raise CommandError("--timezone goes with --every or --cron; the deployment's schedule has its own.")
    return None


def _show_preview(name: str, seen: BackfillPreview, *, as_json: bool) -> None:
    if as_json:
        show_json(seen)
    elif seen.first is None or seen.last is None:
        print(f"{name} has no slots there: nothing would run.")
    else:
        print(f"{name} would run for {_slots(seen.count)}, from {moment(seen.first)} to {moment(seen.last)}.")


def _slots(count: int) -> str:
    return "1 slot" if count == 1 else f"{count} slots"


@app.command
def ls(*, deployment: Deployment | None = None, limit: Annotated[int, AtLeastOne] = 50, output: Output = None) -> None:
    """List backfills, the latest first.

    Parameters
    ----------
    deployment
        Only those of this deployment.
    limit
        At most so many.
    """
    with asking() as client:
        id = deployment_of(client, deployment)[1].id if deployment is not None else None
        found = up_to(limit, lambda **piece: client.read_backfills(deployment_id=id, **piece))
        names = _names(client)
    if output == "json":
        show_json(found)
        return
    rows = [(one.name, names.get(one.deployment_id), one.status.value, _done(one), ago(one.created)) for one in found]
    hint = "There are no backfills. Make one: prefect deployment backfill FLOW/DEPLOYMENT --from 2026-01-01 --to now"
    show_table(("Name", "Deployment", "Status", "Done", "Created"), rows, empty=hint)


def _names(client: SyncPrefectClient) -> dict[UUID, str]:
    """The full names of deployments by their ids."""
    return {one.id: name for name, one in named(client, up_to(None, client.read_deployments))}


def _done(backfill: BackfillResponse) -> str:
    failed = f", {backfill.progress.failed} failed" if backfill.progress.failed else ""
    return f"{backfill.progress.done} of {backfill.slots}{failed}"


@app.command
def inspect(backfill: Name, *, output: Output = None) -> None:
    """Show everything known about a backfill, and how far it is."""
    with asking() as client:
        found = backfill_of(client, backfill)
        deployment, _ = deployment_of(client, None, str(found.deployment_id))
    if output == "json":
        show_json({**found.model_dump(mode="json"), "deployment": deployment})
        return
    progress = {name.capitalize(): count for name, count in found.progress.model_dump().items() if count}
    progress.pop("Done", None)
    show_fields(
        {
            "Backfill": found.name,
            "Id": found.id,
            "Deployment": deployment,
            "Status": found.status.value,
            "Slots": f"{found.slots}, {in_words(found.schedule)}",
            "From": found.start,
            "To": found.end,
            "Order": f"{found.order.value} first, {found.max_active} at once at most",
            "Again": found.again.value,
            "Parameters": found.parameters,
            "Queue": found.work_queue_name,
            "Tags": ", ".join(found.tags),
            "Job variables": found.job_variables,
            "Done": _done(found),
            **progress,
            "Tag of its runs": found.tag,
            "Created": found.created,
        }
    )


@app.command
def pause(backfill: Name) -> None:
    """Have a backfill make no more runs; those that it has made go on."""
    with asking() as client:
        found = client.pause_backfill(backfill_of(client, backfill).id)
    print(
        f"Paused backfill {found.name}: {found.progress.active} of its runs go on. `prefect backfill resume` ends that."
    )


@app.command
def resume(backfill: Name, *, max_active: int | None = None) -> None:
    """Have a backfill make runs again.

    Parameters
    ----------
    max_active
        How many of its runs may be unfinished at once from now on.
    """
    with asking() as client:
        found = client.resume_backfill(backfill_of(client, backfill).id)
        if max_active is not None:
            found = client.update_backfill(found.id, max_active=max_active)
    print(f"Resumed backfill {found.name}: {_done(found)} done, {found.max_active} run at once at most.")


@app.command
def cancel(backfill: Name, *, running: bool = False, yes: Yes = False) -> None:
    """Have a backfill make no more runs, and cancel those that wait to be started.

    Parameters
    ----------
    running
        Cancel its runs that are under way, too.
    """
    with asking() as client:
        found = backfill_of(client, backfill)
        confirm(f"This cancels the backfill {found.name}, {_done(found)} done.", yes=yes, needed=False)
        found = client.cancel_backfill(found.id, running=running)
    print(f"Cancelled backfill {found.name}: {_done(found)} done, {found.progress.active} under way.")


@app.command
def retry(backfill: Name) -> None:
    """Have the runs of a backfill run again that failed or crashed, no more of them at once than of others."""
    with asking() as client:
        found = backfill_of(client, backfill)
        runs = client.retry_backfill(found.id)
    print(f"{runs} runs of backfill {found.name} are run again." if runs else "None of its runs has failed.")


@app.command
def delete(backfill: Name, *, yes: Yes = False) -> None:
    """Remove a backfill; its runs stay, but those that wait to be started are cancelled."""
    with asking() as client:
        found = backfill_of(client, backfill)
        confirm(f"This removes the backfill {found.name}; its runs stay.", yes=yes, needed=False)
        client.delete_backfill(found.id)
    print(f"Deleted backfill {found.name}.")


def backfill_of(client: SyncPrefectClient, given: str) -> BackfillResponse:
    """The backfill of that name, or with that id. Raises `CommandError`."""
    return meant(
        "backfill",
        given,
        client.read_backfill,
        client.read_backfill_by_name,
        lambda: up_to(None, client.read_backfills),
        hint="`prefect backfill ls` lists those there are.",
    )
