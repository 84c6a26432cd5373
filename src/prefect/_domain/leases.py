"""Who carries a run out, and how long it is believed to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

FIRST_EPOCH = 1
"""The epoch in which a new run is leased."""


class Lease(NamedTuple):
    """Who asks for a run, and for how long it is believed to be alive without a word."""

    holder: str
    ttl: timedelta

    @property
    def place(self) -> str:
        """The host and process of the holder: its name without what makes it unique."""
        return self.holder.rpartition(":")[0]


class Tenure(NamedTuple):
    """By what right a process writes of a flow run: the leased run (itself, or its caller), and the lease's epoch."""

    leased: UUID
    epoch: int


class Tenures(NamedTuple):
    """A process, and its tenures of flow runs; of a run without one anybody may write."""

    holder: str = ""
    of: Mapping[UUID, Tenure] = MappingProxyType({})


NO_TENURES = Tenures()
