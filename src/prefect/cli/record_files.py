"""A folder of records: a file for each table, a line for each record, which may be read, compared and kept in git."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import orjson

from prefect._store.table_records import Record, Table
from prefect.exceptions import ConfigurationError
from prefect.utilities.files import write_whole

ABOUT = "about.json"
FORMAT = 1


def write_about(folder: Path, version: str) -> None:
    """Begin a folder. Raises `ConfigurationError` for one in which something else stands."""
    if folder.exists() and any(folder.iterdir()) and not (folder / ABOUT).exists():
        raise ConfigurationError(f"{str(folder)!r} is not empty, and no such folder of ours. Name another one.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(folder / ABOUT, orjson.dumps({"format": FORMAT, "version": version}, option=orjson.OPT_INDENT_2))


def write_records(folder: Path, table: Table, records: Iterable[Record]) -> int:
    """Write the records of a table in place of those that the folder had; how many."""
    file, count = folder / f"{table.name}.jsonl", 0
    unfinished = file.with_suffix(".part")
    with unfinished.open("wb") as lines:
        for record in records:
            lines.write(orjson.dumps(record, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE))
            count += 1
    unfinished.chmod(0o600)
    unfinished.replace(file)
    if not count:
        file.unlink()
    return count


class RecordFolder:
    """Such a folder as a source; `keys` open the blocks that are sealed in it."""

    def __init__(self, folder: Path, keys: Sequence[str]) -> None:
        self.keys = keys
        self._folder = folder
        told = folder / ABOUT
        if not told.is_file():
            raise ConfigurationError(f"{str(folder)!r} holds no {ABOUT}: `prefect server export` makes such folders.")
        if orjson.loads(told.read_bytes()).get("format") != FORMAT:
            raise ConfigurationError(f"{str(folder)!r} was written by another version, in another format.")

    def unfinished(self) -> dict[str, int]:
        """None: such a folder has runs that have ended."""
        return {}

    def records(self, table: Table) -> Iterator[Record]:
        """What it has of a table."""
        file = self._folder / f"{table.name}.jsonl"
        if not file.exists():
            return
        with file.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    yield orjson.loads(line)
                except orjson.JSONDecodeError as error:
                    raise ConfigurationError(f"{str(file)!r}, line {number}, is no JSON: {error}.") from error

    def close(self) -> None:
        """Nothing is held open."""
