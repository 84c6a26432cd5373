"""Artifacts: what a run leaves behind for people to look at: a text, a table, a link, an image, how far it is.

What is made under one key again and again is a history; its latest stands for the key.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

KEY_PATTERN = re.compile(r"[a-z0-9-]+")


@dataclass(slots=True)
class Artifact:
    id: UUID
    created: datetime
    updated: datetime
    key: str | None = None
    type: str | None = None
    description: str | None = None
    data: Any = None
    metadata_: dict[str, str] | None = None
    flow_run_id: UUID | None = None
    task_run_id: UUID | None = None


@dataclass(slots=True)
class ArtifactCollection:
    """A key, and the latest of what was made under it; `id` and `created` are the key's own."""

    id: UUID
    created: datetime
    updated: datetime
    key: str
    latest_id: UUID
    type: str | None = None
    description: str | None = None
    data: Any = None
    metadata_: dict[str, str] | None = None
    flow_run_id: UUID | None = None
    task_run_id: UUID | None = None


def checked_key(key: str) -> str:
    """The key, if it may be one. Raises `ValueError`."""
    if not KEY_PATTERN.fullmatch(key):
        raise ValueError(
            f"An artifact's key holds lowercase letters, numbers, and dashes, such as 'daily-report'; {key!r} does not "
            "fit."
        )
    return key
