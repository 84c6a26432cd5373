"""What is known of how a duty was carried out last, in this process."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class Account(NamedTuple):
    """A duty to be carried out every so many seconds; when that began last, how long it took, and what went wrong."""

    name: str
    every: float
    began: datetime | None = None
    seconds: float | None = None
    fault: str | None = None
