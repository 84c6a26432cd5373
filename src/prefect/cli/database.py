"""`prefect server database …`"""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from prefect._domain.addresses import without_password
from prefect._store import migrations
from prefect._store.database import open_database, reset_database
from prefect.cli.confirming import Yes, confirm
from prefect.cli.output import Output, show_fields, show_json
from prefect.cli.progress import progress
from prefect.cli.running import CommandError
from prefect.settings import get_current_settings

app = App(name="database", help="Bring the database up to date, or empty it.")

ONE_WAY = "The database knows no way back"


@app.command
def status(*, output: Output = None) -> None:
    """Say which database is used, and at which version it is."""
    told = {"database": _shown(), "version": _version(), "latest": migrations.LATEST}
    if output == "json":
        show_json(told)
    else:
        show_fields({name.capitalize(): value for name, value in told.items()})


@app.command
def upgrade(
    *,
    yes: Yes = False,
    revision: Annotated[str, Parameter(name=["--revision", "-r"])] = "head",
    dry_run: bool = False,
) -> None:
    """Bring the database up to date; one that is stays as it is. Whoever opens it does so, too.

    Parameters
    ----------
    revision
        The version to reach: head, the latest, is the only one.
    dry_run
        Only say which versions there are.
    """
    if revision not in ("head", str(migrations.LATEST)):
        raise CommandError(f"A database can only be brought to the latest version, {migrations.LATEST} (head).")
    if dry_run:
        print(f"The steps to version {migrations.LATEST}: {', '.join(migrations.CHAIN)}.")
        return
    with progress(f"Bringing the database to version {migrations.LATEST}"):
        reached = _version()
    print(f"The database is at version {reached}, the latest.")


@app.command
def reset(*, yes: Yes = False) -> None:
    """Remove everything from the database: every flow, run, log, deployment, block and variable."""
    confirm(f"This removes everything from the database {_shown()}.", yes=yes)
    others = reset_database(_url())
    stay = f" Tables of others stay: {', '.join(others)}." if others else ""
    print(f"The database is empty now.{stay}")


@app.command
def downgrade(
    *,
    yes: Yes = False,
    revision: Annotated[str, Parameter(name=["--revision", "-r"])] = "-1",
    dry_run: bool = False,
) -> None:
    """Say why there is no way back to an earlier version."""
    raise CommandError(f"{ONE_WAY}: restore the copy that was made before it was brought up to date ({_shown()}).")


@app.command
def revision(
    *,
    message: Annotated[str | None, Parameter(name=["--message", "-m"])] = None,
    autogenerate: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Say where the steps from one version of the database to the next come from."""
    raise CommandError("The steps from version to version come with the package; none is made here.")


@app.command
def stamp(revision: str) -> None:
    """Say why a database is not told its version."""
    raise CommandError("A database knows its version, and whoever opens it brings it up to date. It is told none.")


def _version() -> int:
    db = open_database(_url())
    with db.read() as conn:
        version = migrations.version(conn)
    db.close()
    return version


def _url() -> str:
    return str(get_current_settings().server.database.connection_url)


def _shown() -> str:
    """The address without its password."""
    return without_password(_url())
