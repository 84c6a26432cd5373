"""Time zones, and wall-clock times in them."""

from __future__ import annotations

from datetime import datetime, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

UTC = timezone.utc


def zone(name: str | None) -> tzinfo:
    """The time zone of that name, UTC for None. Raises `ValueError`."""
    if name is None or name.upper() == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"There is no time zone {name!r}; names look like 'Asia/Shanghai' or 'UTC'.") from error


def moment_of(wall: datetime, place: tzinfo) -> datetime:
    """The moment, in UTC, at which clocks in a place show a time.

    A time that clocks skip is as long after the last one before the gap as it would have been; of a time that clocks
    show twice, the first.
    """
    return wall.replace(tzinfo=place, fold=0).astimezone(UTC)
