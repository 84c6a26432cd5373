"""States that runs have entered, in JSON."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from prefect._wire.models import Answer


class ObservedStateSort(str, Enum):
    """An order of states."""

    LAST_SEEN_DESC = "LAST_SEEN_DESC"
    NAME_ASC = "NAME_ASC"


class ObservedState(Answer):
    """A state by type and name, and when runs first and last entered it."""

    state_type: str
    state_name: str
    first_seen: datetime
    last_seen: datetime
