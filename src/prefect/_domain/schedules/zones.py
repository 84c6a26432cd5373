"""Time zones, and wall-clock times in them."""

from __future__ import annotations

from datetime import datetime, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

UTC = timezone.utc
YEARS = range(1900, 2200)
"""Those in which a schedule may begin."""


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


def checked_year(moment: datetime, what: str) -> None:
    """Raises `ValueError` for a moment that no schedule means."""
    if moment.year not in YEARS:
        raise ValueError(f"{what} is in the years {YEARS.start} to {YEARS.stop - 1}; {moment.isoformat()} is not.")
