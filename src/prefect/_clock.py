"""The clock and the source of ids, for everybody above the floors that take both as arguments."""

from __future__ import annotations

import os
import time
from datetime import datetime, timezone
from random import Random
from uuid import UUID, SafeUUID

_bare, _set = UUID.__new__, object.__setattr__
"""An id is made in its parts: `UUID(int=...)` checks what cannot be wrong here, and takes as long as all else."""
_random = Random()  # seeded by the system, and apart from the generator that users seed
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_random.seed)


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(timezone.utc)


def new_id() -> UUID:
    """A UUID of version 7 (RFC 9562, sections 5.7 and 6.2, method 3): ids sort by age.

    Its first 48 bits are the time in milliseconds, the next 12 the fraction of the millisecond.
    """
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    fraction = (nanoseconds << 12) // 1_000_000
    id = _bare(UUID)
    _set(id, "int", milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | _random.getrandbits(62))
    _set(id, "is_safe", SafeUUID.unknown)
    return id
