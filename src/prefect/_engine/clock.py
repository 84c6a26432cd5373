"""The engine's clock and its source of ids."""

from __future__ import annotations

import os
import time
from datetime import datetime, timezone
from uuid import UUID


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(timezone.utc)


def new_id() -> UUID:
    """A UUID of version 7 (RFC 9562, section 5.7): its first 48 bits are the time in milliseconds, so ids sort by age."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    high, low = random >> 62 & 0xFFF, random & (1 << 62) - 1
    return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)
