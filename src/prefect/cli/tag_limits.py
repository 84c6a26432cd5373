"""`prefect concurrency-limit …`: the limits of tags"""

from __future__ import annotations

from typing import Annotated

from cyclopts import App

from prefect._domain.concurrency import name_for_tag
from prefect._wire.concurrency import ConcurrencyLimit
from prefect.cli.client import asking
from prefect.cli.confirming import no_such
from prefect.cli.output import Output, ago, show_fields, show_json, show_table
from prefect.cli.paging import AtLeastOne, up_to
from prefect.cli.running import CommandError
from prefect.cli.slot_holders import end_those, show_occupation
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound

app = App(name="concurrency-limit", help="Bound how many task runs with a tag go on at once; see which hold slots.")
HINT = "`prefect concurrency-limit ls` lists those there are."


@app.command
def create(tag: str, concurrency_limit: int) -> None:
    """Give a tag a limit, or another one.

    prefect concurrency-limit create database 2
    """
    with asking() as client:
        client.create_concurrency_limit(tag, concurrency_limit)
    print(f"At most {concurrency_limit} task runs with the tag {tag!r} go on at once.")


@app.command
def ls(*, limit: Annotated[int, AtLeastOne] = 15, offset: int = 0, output: Output = None) -> None:
    """List the limits of tags."""
    with asking() as client:
        found = up_to(limit, lambda **piece: client.read_concurrency_limits(piece["limit"], offset + piece["offset"]))
    if output == "json":
        show_json(found)
        return
    rows = [(one.tag, f"{len(one.active_slots)} of {one.concurrency_limit}", ago(one.updated), one.id) for one in found]
    hint = "No tag has a limit yet. Give one: prefect concurrency-limit create database 2"
    show_table(("Tag", "Taken", "Updated", "Id"), rows, empty=hint)


@app.command
def inspect(tag: str, *, output: Output = None) -> None:
    """Show a tag's limit, the task runs that hold its slots since when, and those that wait."""
    with asking() as client:
        limit = _limit(client, tag)
        occupied = client.read_slots([name_for_tag(tag)])
    if output == "json":
        show_json({**limit.model_dump(mode="json"), **occupied.model_dump(mode="json")})
        return
    show_fields(
        {
            "Tag": limit.tag,
            "Limit": str(limit.concurrency_limit),
            "Id": limit.id,
            "Created": limit.created,
            "Updated": limit.updated,
        }
    )
    show_occupation(occupied)


@app.command
def reset(tag: str) -> None:
    """End all slots of a tag; the task runs that held them go on."""
    with asking() as client:
        _limit(client, tag)
        client.reset_concurrency_limit_by_tag(tag)
    print(f"No slot of the tag {tag!r} is taken any more.")


@app.command
def end(lease: list[str]) -> None:
    """Take a slot away from a task run, or one out of the line, by the lease that `inspect` shows."""
    with asking() as client:
        end_those(client, lease, "`prefect concurrency-limit inspect TAG` shows the leases.")


@app.command
def delete(tag: str) -> None:
    """Remove a tag's limit; task runs that wait for it go on."""
    with asking() as client:
        _limit(client, tag)
        client.delete_concurrency_limit_by_tag(tag)
    print(f"The tag {tag!r} has no limit any more.")


def _limit(client: SyncPrefectClient, tag: str) -> ConcurrencyLimit:
    try:
        return client.read_concurrency_limit_by_tag(tag)
    except ObjectNotFound:
        raise _missing(client, tag) from None


def _missing(client: SyncPrefectClient, tag: str) -> CommandError:
    known = (one.tag for one in client.read_concurrency_limits(limit=200, offset=0))
    return no_such("limit for the tag", tag, known, hint=HINT)
