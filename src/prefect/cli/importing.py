"""`prefect server import` and `prefect server export`"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Protocol

from cyclopts import Parameter

from prefect._clock import new_id, now
from prefect._domain.addresses import without_password
from prefect._domain.version import VERSION
from prefect._orchestration.importing import Import, Source, Taken, Wishes, counts, exported
from prefect._store.database import open_database
from prefect._store.table_records import TABLES
from prefect._store.upstream import UpstreamDatabase
from prefect.cli.confirming import Yes, confirm
from prefect.cli.output import show_table
from prefect.cli.record_files import RecordFolder, write_about, write_records
from prefect.cli.running import CommandError
from prefect.client.transports import HttpTransport
from prefect.client.upstream_server import UpstreamServer
from prefect.settings import get_current_settings
from prefect.settings.encryption import encryption_keys


class OpenSource(Source, Protocol):
    """A source that is closed in the end; it says how many of its flow runs have not ended, by their states."""

    def unfinished(self) -> Mapping[str, int]: ...
    def close(self) -> None: ...


class WithKey:
    """A source whose blocks are opened by a key that somebody gave, before its own."""

    def __init__(self, source: OpenSource, key: str) -> None:
        self.records = source.records
        self.close = source.close
        self.unfinished = source.unfinished
        self.keys = (key, *source.keys)


def import_(
    *,
    from_: Annotated[str, Parameter(name="--from")],
    history: bool = False,
    paused: bool = False,
    encryption_key: str | None = None,
    dry_run: bool = False,
    yes: Yes = False,
) -> None:
    """Take everything over from another installation of Prefect 3, or from a folder that `export` wrote.

    It looks first, says what it would do, and asks. Nothing is written there. Ids are kept, so it can be done again.

    prefect server import --from sqlite:////home/me/.prefect/prefect.db --dry-run
    prefect server import --from postgresql://prefect:secret@db/prefect --history
    prefect server import --from http://old-host:4200/api --paused

    Parameters
    ----------
    from_
        The other database or API, or a folder: sqlite:///FILE, postgresql://…, http://…/api, FOLDER.
    history
        Take the runs that have ended over, too, with their states, log lines and artifacts.
    paused
        Take deployments over paused, so that their schedules do not run here while they still do there.
    encryption_key
        The key of its blocks, where the other installation was given one (PREFECT_API_ENCRYPTION_KEY).
    dry_run
        Only say what would be done.
    """
    settings = get_current_settings()
    target = str(settings.server.database.connection_url)
    with closing(open_database(target)) as db, _source(from_, encryption_key) as source:

        def looked(wishes: Wishes) -> Mapping[str, Taken]:
            told = _shows_progress if wishes.writes else _shows_nothing
            return Import(db, source, encryption_keys(settings), wishes, now(), new_id, told).carry_out()

        seen = looked(Wishes(history=history, paused=paused, writes=False))
        _show(seen)
        new, known, left = counts(seen)
        _tell_of_unfinished(source.unfinished())
        print(f"\n{new} would be new in {without_password(target)}, {known} are there, {left} are left.")
        if dry_run or not new:
            return
        confirm(f"This writes them into {without_password(target)}; nothing is written there.", yes=yes)
        new, known, left = counts(looked(Wishes(history=history, paused=paused)))
    print(f"Took {new} over; {known} were there, {left} were left.")


@contextmanager
def _source(place: str, key: str | None) -> Iterator[OpenSource | WithKey]:
    opened = _opened(place, key)
    with closing(opened):
        yield opened if key is None else WithKey(opened, key)


def _opened(place: str, key: str | None) -> OpenSource:
    settings = get_current_settings()
    if place.startswith(("http://", "https://")):
        return UpstreamServer(HttpTransport(place.rstrip("/"), settings))
    if place.startswith(("sqlite", "postgres")):
        return UpstreamDatabase(place)
    folder = Path(place).expanduser()
    if folder.is_dir():
        return RecordFolder(folder, encryption_keys(settings))
    if folder.is_file():
        return UpstreamDatabase(f"sqlite:///{folder.resolve()}")
    raise CommandError(
        f"There is nothing at {without_password(place)!r}. Name sqlite:///FILE, postgresql://USER:PASSWORD@HOST/NAME, "
        "http://HOST:4200/api, or a folder that `prefect server export` wrote."
    )


def _show(taken: Mapping[str, Taken]) -> None:
    rows = [
        (noun, one.new, one.known, sum(one.left.values()), "; ".join(one.left))
        for noun, one in taken.items()
        if one.new or one.known or one.left
    ]
    show_table(("What", "New", "There", "Left", "Why"), rows, empty="There is nothing to take over.")


def _tell_of_unfinished(runs: Mapping[str, int]) -> None:
    """Say what becomes of runs that have not ended."""
    if runs:
        told = ", ".join(f"{many} {type}" for type, many in sorted(runs.items()))
        print(
            f"\nRuns that have not ended stay there: {told}. Those at work end there, and come with "
            "--history when this is done again. Those that wait start there, as long as something there starts runs."
        )


def _shows_nothing(noun: str, done: int) -> None:
    """A look is quick."""


def _shows_progress(noun: str, done: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{noun}: {done} …\033[K", end="", file=sys.stderr, flush=True)


def export(folder: Path, *, history: bool = False, secrets: bool = False) -> None:
    """Write everything into a folder, a file for each kind of thing: to keep, to compare, and for `import` elsewhere.

    Blocks stay encrypted with the key of this installation (`encryption.key` in PREFECT_HOME).

    prefect server export backup
    prefect server import --from backup

    Parameters
    ----------
    folder
        The folder; one that was written before is written anew.
    history
        Write the runs that have ended, too, with their states, log lines and artifacts.
    secrets
        Write blocks as they are, with their secrets.
    """
    settings = get_current_settings()
    write_about(folder, VERSION)
    keys: Sequence[str] | None = encryption_keys(settings) if secrets else None
    rows = []
    with closing(open_database(str(settings.server.database.connection_url))) as db:
        for table in TABLES:
            if history or not table.history:
                count = write_records(folder, table, exported(db, table, opened_with=keys))
                rows += [(table.noun, count)] if count else []
    show_table(("What", "Written"), rows, empty="There was nothing to write.")
    print(f"\nWritten to {folder}. `prefect server import --from {folder}` takes it over elsewhere.")
