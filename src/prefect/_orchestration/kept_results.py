"""What a run left behind, as far as it can be shown safely.

Whoever may ask the server must not read files by it, nor have it carry code out. So only files of results are read: in
the folder of results, under the key that the run's state says, of a bounded size, and with that key in them. What is
not JSON, such as a pickle, is not read at all; and of JSON only the text is told, for a value may name classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple
from uuid import UUID

import orjson

from prefect._domain.states import State
from prefect._orchestration import flow_runs, task_runs
from prefect._store.database import Database

LARGEST_FILE = 1_000_000
"""Bytes of a file that is read."""
MOST_TEXT = 20_000
"""Characters that are shown."""
Status = Literal["shown", "none", "in a block", "not here", "too large", "no JSON"]


class Preview(NamedTuple):
    """A result as JSON where it is `shown`; otherwise why it is not. The text is cut where it is long."""

    status: Status
    text: str | None = None
    is_cut: bool = False
    storage_key: str | None = None
    serializer: str | None = None


def of_flow_run(db: Database, id: UUID, folder: Path) -> Preview:
    """The result of a flow run. Raises `ObjectNotFound`."""
    return preview(flow_runs.read_placed(db, id).run.state, folder)


def of_task_run(db: Database, id: UUID, folder: Path) -> Preview:
    """The result of a task run. Raises `ObjectNotFound`."""
    return preview(task_runs.must_read(db, id).state, folder)


def preview(state: State | None, folder: Path) -> Preview:
    """What is in the folder of results under the key that a state holds."""
    data = state.data if state is not None and isinstance(state.data, Mapping) else {}
    key = data.get("storage_key")
    return _kept(key, data, folder) if isinstance(key, str) else Preview("none")


def _kept(key: str, data: Mapping[str, Any], folder: Path) -> Preview:
    serializer = _type_of(data.get("serializer"))
    known = Preview("not here", storage_key=key, serializer=serializer)
    if data.get("storage_block_id") is not None:
        return known._replace(status="in a block")
    if serializer != "json":
        return known._replace(status="no JSON")
    content = _content(key, folder)
    if content is not None and len(content) > LARGEST_FILE:
        return known._replace(status="too large")
    text = _result_in(content or b"", key)
    if text is None:
        return known
    return known._replace(status="shown", text=text[:MOST_TEXT], is_cut=len(text) > MOST_TEXT)


def _type_of(serializer: Any) -> str | None:
    told = serializer.get("type") if isinstance(serializer, Mapping) else None
    return told if isinstance(told, str) else None


def _content(key: str, folder: Path) -> bytes | None:
    """What is kept under a key, up to one byte too many; None for a key that names no file inside the folder."""
    try:
        base = folder.expanduser().resolve()
        file = (base / key).resolve()
        if not file.is_relative_to(base) or not file.is_file():
            return None
        with file.open("rb") as opened:
            return opened.read(LARGEST_FILE + 1)
    except (OSError, ValueError, RuntimeError):
        return None


def _result_in(content: bytes, key: str) -> str | None:
    """The JSON in the file of a result; None where the file is none, or that of another key."""
    try:
        held = orjson.loads(content)
        metadata, result = held["metadata"], held["result"]
        is_its_own = metadata["storage_key"] == key and _type_of(metadata["serializer"]) == "json"
    except (ValueError, KeyError, TypeError):
        return None
    return result if is_its_own and isinstance(result, str) else None
