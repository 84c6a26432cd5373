"""`prefect global-concurrency-limit …`, or `prefect gcl …`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from prefect._wire.concurrency import (
    GlobalConcurrencyLimitCreate,
    GlobalConcurrencyLimitResponse,
    GlobalConcurrencyLimitUpdate,
)
from prefect.cli.client import asking
from prefect.cli.confirming import Yes, confirm, no_such
from prefect.cli.output import Output, ago, json_text, show_fields, show_json, show_table
from prefect.cli.paging import up_to
from prefect.cli.running import CommandError
from prefect.cli.slot_holders import end_those, show_occupation
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound

app = App(name="global-concurrency-limit", help="Bound how much goes on at once, by named limits; see who holds slots.")
HINT = "`prefect gcl ls` lists those there are."
Limit = Annotated[int | None, Parameter(name=["--limit", "-l"], help="How many slots there are.")]
Taken = Annotated[int | None, Parameter(help="How many of them are taken from now on, by nobody.")]
Pace = Annotated[float | None, Parameter(help="How many slots a second end by themselves, for rate limits.")]


@app.command
def ls(*, output: Output = None) -> None:
    """List limits by name."""
    with asking() as client:
        found = up_to(None, client.read_global_concurrency_limits)
    if output == "json":
        show_json(found)
        return
    rows = [
        (one.name, _slots(one), one.slot_decay_per_second or None, _activity(one), ago(one.updated), one.id)
        for one in found
    ]
    hint = "There are no limits yet. Make one: prefect gcl create database --limit 2"
    show_table(("Name", "Taken", "Decay per second", "Status", "Updated", "Id"), rows, empty=hint)


def _slots(one: GlobalConcurrencyLimitResponse) -> str:
    return f"{one.active_slots} of {one.limit}"


def _activity(one: GlobalConcurrencyLimitResponse) -> str:
    return "active" if one.active else "disabled"


@app.command
def create(
    name: str,
    *,
    limit: Annotated[int, Parameter(name=["--limit", "-l"], help="How many slots there are.")],
    disable: Annotated[bool, Parameter(help="It bounds nothing for now.")] = False,
    active_slots: Annotated[int, Parameter(help="How many slots are taken already, by nobody.")] = 0,
    slot_decay_per_second: Annotated[float, Parameter(help="How many slots a second end by themselves.")] = 0.0,
) -> None:
    """Make a limit.

    prefect gcl create database --limit 2
    prefect gcl create api --limit 5 --slot-decay-per-second 10
    """
    wished = GlobalConcurrencyLimitCreate(
        name=name,
        limit=limit,
        active=not disable,
        active_slots=active_slots,
        slot_decay_per_second=slot_decay_per_second,
    )
    with asking() as client:
        try:
            made = client.create_global_concurrency_limit(wished)
        except ObjectAlreadyExists:
            raise CommandError(f"There is a limit {name!r} already; `prefect gcl update` changes it.") from None
    print(f"Made the limit {name!r} of {limit} slots ({made}).")


@app.command
def inspect(
    name: str,
    *,
    output: Output = None,
    file: Annotated[Path | None, Parameter(name=["--file", "-f"], help="Write JSON into this file.")] = None,
) -> None:
    """Show a limit, who holds its slots since when, and who waits for them."""
    with asking() as client:
        limit = _limit(client, name)
        occupied = client.read_slots([name])
    told = {**limit.model_dump(mode="json"), **occupied.model_dump(mode="json")}
    if file is not None:
        file.write_text(json_text(told) + "\n", encoding="utf-8")
        print(f"Wrote the limit {name!r} to {file}.")
        return
    if output == "json":
        show_json(told)
        return
    show_fields(
        {
            "Name": limit.name,
            "Taken": _slots(limit),
            "Decay per second": limit.slot_decay_per_second or None,
            "Status": _activity(limit),
            "Id": limit.id,
            "Created": limit.created,
            "Updated": limit.updated,
        }
    )
    show_occupation(occupied)


@app.command
def update(
    name: str,
    *,
    enable: bool = False,
    disable: bool = False,
    limit: Limit = None,
    active_slots: Taken = None,
    slot_decay_per_second: Pace = None,
) -> None:
    """Change a limit; who waits for it is served at once.

    prefect gcl update database --limit 5

    Parameters
    ----------
    enable
        It bounds from now on.
    disable
        It bounds nothing from now on.
    """
    if enable and disable:
        raise CommandError("Say either --enable or --disable.")
    given = {"limit": limit, "active_slots": active_slots, "slot_decay_per_second": slot_decay_per_second}
    changes = {field: value for field, value in given.items() if value is not None}
    if enable or disable:
        changes["active"] = enable
    if not changes:
        raise CommandError(
            "Say what is to change: --limit, --active-slots, --slot-decay-per-second, --enable, --disable."
        )
    _update(name, GlobalConcurrencyLimitUpdate.model_validate(changes))
    print(f"Updated the limit {name!r}.")


@app.command
def enable(name: str) -> None:
    """Have a limit bound again."""
    _update(name, GlobalConcurrencyLimitUpdate(active=True))
    print(f"Enabled the limit {name!r}.")


@app.command
def disable(name: str) -> None:
    """Have a limit bound nothing for now; who waits for it goes on."""
    _update(name, GlobalConcurrencyLimitUpdate(active=False))
    print(f"Disabled the limit {name!r}.")


@app.command
def end(lease: list[str]) -> None:
    """Take slots away from who holds them, or somebody out of the line, by the lease that `inspect` shows.

    Whoever held them is told when it renews its lease: it is warned, or ended where it is strict.
    """
    with asking() as client:
        end_those(client, lease, "`prefect gcl inspect NAME` shows the leases.")


@app.command
def delete(name: str, *, yes: Yes = False) -> None:
    """Remove a limit; who waits for it goes on."""
    with asking() as client:
        _limit(client, name)
        confirm(f"The limit {name!r} is removed, and bounds nothing any more.", yes=yes, needed=False)
        client.delete_global_concurrency_limit_by_name(name)
    print(f"Deleted the limit {name!r}.")


def _update(name: str, changes: GlobalConcurrencyLimitUpdate) -> None:
    with asking() as client:
        try:
            client.update_global_concurrency_limit(name, changes)
        except ObjectNotFound:
            raise _missing(client, name) from None


def _limit(client: SyncPrefectClient, name: str) -> GlobalConcurrencyLimitResponse:
    try:
        return client.read_global_concurrency_limit_by_name(name)
    except ObjectNotFound:
        raise _missing(client, name) from None


def _missing(client: SyncPrefectClient, name: str) -> CommandError:
    known = (one.name for one in up_to(None, client.read_global_concurrency_limits))
    return no_such("concurrency limit", name, known, hint=HINT)
