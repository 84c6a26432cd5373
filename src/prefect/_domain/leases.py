"""Who carries a run out, and how long it is believed to."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple


class Lease(NamedTuple):
    """Who asks for a run, and for how long it is believed to be alive without a word."""

    holder: str
    ttl: timedelta

    @property
    def place(self) -> str:
        """The host and process of the holder: its name without what makes it unique."""
        return self.holder.rpartition(":")[0]
