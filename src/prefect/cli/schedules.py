"""`prefect deployment schedule …`"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Annotated

from cyclopts import App, Parameter

from prefect._clock import now
from prefect._domain.schedules.words import in_words
from prefect._wire.schedules import DeploymentSchedule
from prefect.cli.client import asking
from prefect.cli.confirming import Yes, confirm, no_such
from prefect.cli.deployment_names import deployment_of
from prefect.cli.found import as_id, begun_so
from prefect.cli.output import Output, moment, show_json, show_table
from prefect.cli.paging import up_to
from prefect.cli.running import CommandError
from prefect.cli.words import NO_SCHEDULE, ScheduleSaid

app = App(name="schedule", help="Look at the schedules of a deployment, and change them.")

Name = Annotated[str, Parameter(help="FLOW/DEPLOYMENT, or the deployment's name alone where it is clear.")]
BEGINNING = datetime(2020, 1, 1, tzinfo=timezone.utc)
"""Where intervals begin for which nobody says anything else."""


@app.command
def ls(deployment: Name, *, output: Output = None) -> None:
    """List the schedules of a deployment with the next time of each."""
    with asking() as client:
        name, found = deployment_of(client, deployment)
    if output == "json":
        show_json([{**one.model_dump(mode="json"), "in_words": in_words(one.schedule)} for one in found.schedules])
        return
    rows = [
        (one.id, in_words(one.schedule), "yes" if one.active else "no", _next_time(one, found.paused), one.slug)
        for one in found.schedules
    ]
    hint = f'{name} has no schedules. Give it one: prefect deployment schedule create {name} --cron "0 9 * * *"'
    show_table(("Id", "Schedule", "Active", "Next", "Slug"), rows, empty=hint, has_short_ids=True)
    if found.paused:
        print(f"\nThe deployment is paused: prefect deployment resume {name}")


def _next_time(schedule: DeploymentSchedule, is_paused: bool) -> str | None:
    due = next(schedule.schedule.occurrences(now()), None)
    return moment(due) if due is not None and schedule.active and not is_paused else None


@app.command
def create(
    deployment: Name,
    *,
    scheduled: ScheduleSaid = NO_SCHEDULE,
    active: Annotated[bool, Parameter(negative="--no-active")] = True,
    replace: bool = False,
    yes: Yes = False,
) -> None:
    """Give a deployment a schedule.

    prefect deployment schedule create etl/nightly --cron "0 2 * * *" --timezone Asia/Shanghai
    prefect deployment schedule create etl/nightly --interval "15 minutes"
    prefect deployment schedule create etl/nightly --rrule "FREQ=WEEKLY;BYDAY=MO" --replace

    Parameters
    ----------
    active
        Whether it plans runs at once.
    replace
        Take all other schedules away.
    """
    schedule = scheduled.must_be_said(beginning=BEGINNING).timing
    with asking() as client:
        name, found = deployment_of(client, deployment)
        if replace and found.schedules:
            confirm(f"This replaces {_count(found.schedules)} of {name}.", yes=yes, needed=False)
        client.create_deployment_schedules(found.id, [(schedule, active)])
        for old in found.schedules if replace else ():
            client.delete_deployment_schedule(found.id, old.id)
    print(f"{name} runs {in_words(schedule)}." if active else f"{name} has a schedule more, which is not active.")


@app.command
def delete(deployment: Name, schedule_id: str, *, yes: Yes = False) -> None:
    """Take a schedule away from a deployment."""
    with asking() as client:
        name, found = deployment_of(client, deployment)
        old = schedule_of(found.schedules, schedule_id, name)
        confirm(f"This removes the schedule {in_words(old.schedule)!r} of {name}.", yes=yes, needed=False)
        client.delete_deployment_schedule(found.id, old.id)
    print(f"{name} runs no longer {in_words(old.schedule)}.")


@app.command
def pause(
    deployment: Name | None = None, schedule_id: str | None = None, *, all: bool = False, yes: Yes = False
) -> None:
    """Have a schedule of a deployment, or all of them, plan no runs.

    Parameters
    ----------
    schedule_id
        The schedule, by its id, the beginning of one, or its slug.
    all
        All schedules of the deployment; where none is named, those of every deployment.
    """
    if deployment is None and all:
        _set_all_active(yes=yes, active=False)
        return
    _set_active(deployment, schedule_id, all, active=False)


@app.command
def resume(
    deployment: Name | None = None, schedule_id: str | None = None, *, all: bool = False, yes: Yes = False
) -> None:
    """Have a schedule of a deployment, or all of them, plan runs again.

    Parameters
    ----------
    schedule_id
        The schedule, by its id, the beginning of one, or its slug.
    all
        All schedules of the deployment; where none is named, those of every deployment.
    """
    if deployment is None and all:
        _set_all_active(yes=yes, active=True)
        return
    _set_active(deployment, schedule_id, all, active=True)


def _set_all_active(*, yes: bool, active: bool) -> None:
    with asking() as client:
        found = up_to(None, client.read_deployments)
        count = sum(len(one.schedules) for one in found)
        deed = "Resumed" if active else "Paused"
        confirm(f"{count} schedules of all deployments are {deed.lower()}.", yes=yes, needed=False)
        for deployment in found:
            for one in deployment.schedules:
                client.update_deployment_schedule(deployment.id, one.id, active=active)
    print(f"{deed} {count} schedules of all deployments.")


def _set_active(deployment: str | None, schedule_id: str | None, all: bool, *, active: bool) -> None:
    if deployment is None or (schedule_id is None) != all:
        raise CommandError("Name a schedule by its id, or say --all. `prefect deployment schedule ls` lists them.")
    with asking() as client:
        name, found = deployment_of(client, deployment)
        meant = found.schedules if schedule_id is None else [schedule_of(found.schedules, schedule_id, name)]
        for one in meant:
            client.update_deployment_schedule(found.id, one.id, active=active)
    print(f"{'Resumed' if active else 'Paused'} {_count(meant)} of {name}.")


@app.command
def clear(deployment: Name, *, yes: Yes = False) -> None:
    """Take all schedules away from a deployment."""
    with asking() as client:
        name, found = deployment_of(client, deployment)
        if found.schedules:
            confirm(f"This removes {_count(found.schedules)} of {name}.", yes=yes, needed=False)
        for one in found.schedules:
            client.delete_deployment_schedule(found.id, one.id)
    print(f"{name} has no schedules now.")


def schedule_of(schedules: Sequence[DeploymentSchedule], asked: str, name: str) -> DeploymentSchedule:
    """The schedule of a deployment with that id, beginning of an id, or slug. Raises `CommandError`."""
    hint, id = f"`prefect deployment schedule ls {name}` lists those there are.", as_id(asked)
    for one in schedules:
        if one.id == id or one.slug == asked:
            return one
    begun = begun_so("schedule", asked, schedules, hint)
    if begun is None:
        raise no_such("schedule", id or asked, [one.slug for one in schedules if one.slug], hint=hint)
    return begun


def _count(schedules: Sequence[DeploymentSchedule]) -> str:
    return "1 schedule" if len(schedules) == 1 else f"{len(schedules)} schedules"
