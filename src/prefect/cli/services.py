"""`prefect server services …`: the duties, which a server carries out itself unless it is told not to."""

from __future__ import annotations

import signal
from types import FrameType

from cyclopts import App

from prefect._store.opened import opened_database
from prefect.cli.output import Output, show_json, show_table
from prefect.runner.duties import DUTIES, Duties
from prefect.settings import get_current_settings

app = App(name="services", help="Look at the duties that keep the database right, and carry them out.")


@app.command(name=["list", "ls"])
def list_services(*, output: Output = None) -> None:
    """List the duties, and how often each is carried out."""
    told = [{"name": duty.name, "every_seconds": duty.every, "at_once": duty.done_for is not None} for duty in DUTIES]
    if output == "json":
        show_json(told)
        return
    rows = [
        (duty.name, f"{duty.every:g} s{', and when something changes' if duty.done_for else ''}") for duty in DUTIES
    ]
    show_table(("Duty", "Every"), rows, empty="There are no duties.")
    print("\n`prefect server start` carries them out; --no-services leaves them to `prefect server services start`.")


@app.command
def start() -> None:
    """Carry the duties out here, beside servers that run with --no-services, until Ctrl-C."""
    database = get_current_settings().server.database
    duties = Duties(opened_database(str(database.connection_url), database.durability, database.timeout))

    def stop(number: int, frame: FrameType | None) -> None:
        duties.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    print(f"Carrying out {len(DUTIES)} duties (Ctrl-C ends it).", flush=True)
    duties.run()
