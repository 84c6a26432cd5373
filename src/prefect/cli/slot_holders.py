"""Showing who holds slots and who waits for them, and ending a holder."""

from __future__ import annotations

from collections.abc import Sequence

from prefect._wire.concurrency import Occupation, SlotWaiter
from prefect.cli.found import as_id
from prefect.cli.output import ago, show_table
from prefect.cli.running import CommandError
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound

NAMELESS = "(unknown)"


def show_occupation(found: Occupation) -> None:
    """Who holds slots, the longest first, and who waits, the next first."""
    _show("Held by:", found.holders)
    if found.waiters:
        _show("Waiting, the next first:", found.waiters)


def _show(heading: str, those: Sequence[SlotWaiter]) -> None:
    print()
    print(heading)
    rows = [(_who(one), one.slots, ago(one.since), _where(one), one.lease_id) for one in those]
    show_table(("Holder", "Slots", "Since", "Process", "Lease"), rows, empty="Nobody.")


def _who(one: SlotWaiter) -> str:
    """The run, by its name where it is known."""
    if one.holder_type is None:
        return "a program" if one.process is not None else NAMELESS
    return f"{one.holder_type.replace('_', ' ')} {one.holder_name or one.holder_id}"


def _where(one: SlotWaiter) -> str | None:
    """The host and the number of the process."""
    return ":".join(one.process.split(":")[:2]) if one.process is not None else None


def end_those(client: SyncPrefectClient, leases: Sequence[str], hint: str) -> None:
    """End holders or waiters by their leases. Raises `CommandError` where there is none."""
    for lease in leases:
        id = as_id(lease)
        try:
            if id is None:
                raise CommandError(f"{lease!r} is no lease's id. {hint}")
            client.end_slots(id)
        except ObjectNotFound:
            raise CommandError(f"Nobody holds or waits for slots under the lease {lease}. {hint}") from None
        print(f"Ended the lease {lease}.")
