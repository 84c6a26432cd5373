"""A filter that somebody gave a name."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(slots=True)
class SavedSearch:
    """Conditions as a user interface writes them; nobody else reads them."""

    id: UUID
    name: str
    filters: list[dict[str, Any]] = field(default_factory=list)
    created: datetime | None = None
    updated: datetime | None = None
