"""The types of blocks that come with the package, so that they can be chosen from before any program has saved one.

Their classes live further up; what they say of themselves is written down in `built_in_blocks.json`
(`python -m tests.built_in_blocks` writes it, a test holds it to the classes).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect._domain.blocks import BlockType
from prefect._orchestration.block_types import ensure_schema, says_the_same
from prefect._store import block_types
from prefect._store.database import Database

FILE = Path(__file__).with_suffix(".json")


@lru_cache(maxsize=1)
def built_in_blocks() -> list[dict[str, Any]]:
    """For each type the `type` and the `schema` as bodies of the API hold them."""
    told: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
    return told


def install(db: Database, *, now: datetime, new_id: Callable[[], UUID]) -> None:
    """Record the types that come with the package, protected from change, and their schemas."""
    for told in built_in_blocks():
        made = BlockType(new_id(), **told["type"], is_protected=True, created=now, updated=now)
        ensure_schema(db, _installed(db, made, now).id, **told["schema"], now=now, new_id=new_id)


def _installed(db: Database, made: BlockType, now: datetime) -> BlockType:
    with db.read() as conn:
        found = block_types.read_type_by_slug(conn, made.slug)
    if found is not None and found.is_protected and says_the_same(found, made):
        return found
    with db.write() as conn:
        block_types.write_type(conn, made)
        held = block_types.read_type_by_slug(conn, made.slug)
        assert held is not None
        block_types.update_type(conn, held.id, {"is_protected": True}, now=now)
        return held
