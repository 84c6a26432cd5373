"""`prefect server …`: the database's care for now."""

from __future__ import annotations

import sys
from typing import Annotated

from cyclopts import App, Parameter

from prefect._store import migrations
from prefect._store.database import open_database, reset_database
from prefect.cli.running import CommandError
from prefect.settings import get_current_settings

app = App(name="server", help="Care for the database.")
database = App(name="database", help="Bring the database up to date, or empty it.")
app.command(database)

Yes = Annotated[bool, Parameter(name=["--yes", "-y"], negative=(), help="Do not ask.")]


@database.command
def upgrade(*, yes: Yes = False) -> None:
    """Bring the database up to date; one that is stays as it is."""
    db = open_database(_url())
    with db.read() as conn:
        version = migrations.version(conn)
    db.close()
    print(f"The database is at version {version}, the latest.")


@database.command
def reset(*, yes: Yes = False) -> None:
    """Remove every flow, run, log and variable from the database."""
    if not yes:
        if not sys.stdin.isatty():
            raise CommandError("This removes everything from the database; say --yes if that is meant.")
        if input("This removes everything from the database. Continue? [y/N] ").strip().lower() not in ("y", "yes"):
            raise CommandError("Nothing was removed.")
    reset_database(_url())
    print("The database is empty now.")


def _url() -> str:
    return str(get_current_settings().server.database.connection_url)
