"""Time zones, and wall-clock times in them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

UTC = timezone.utc
SECOND = timedelta(seconds=1)
BETWEEN_CHANGES = timedelta(days=1)
"""The least time between two changes of a place's clocks."""
YEARS = range(1900, 2200)
"""Those in which a schedule may begin."""


def zone(name: str | None) -> tzinfo:
    """The time zone of that name, UTC for None. Raises `ValueError`."""
    if name is None or name.upper() == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"There is no time zone {name!r}; {_instead_of(name)}") from error


def is_valid_timezone(v: str) -> bool:
    """Whether there is a time zone of that name."""
    try:
        zone(v)
    except ValueError:
        return False
    return True


def _instead_of(name: str) -> str:
    """What helps somebody whose time zone is not there."""
    known = _known_zones()
    if not known:
        return "this machine knows none: install the package tzdata, or the time zones of the operating system."
    meant = known.get(name.casefold())
    return f"did you mean {meant!r}?" if meant else "names look like 'Asia/Shanghai' or 'UTC'."


@lru_cache(maxsize=1)
def _known_zones() -> dict[str, str]:
    """The names of all zones, by themselves without regard to case."""
    return {name.casefold(): name for name in available_timezones()}


def moment_of(wall: datetime, place: tzinfo) -> datetime:
    """The moment, in UTC, at which clocks in a place show a time.

    Of a time that clocks skip it is the first moment after the gap; of a time that they show twice, the first.
    """
    moment = wall.replace(tzinfo=place, fold=0).astimezone(UTC)
    skipped = wall_of(moment, place) - wall
    return moment if not skipped else _change_between(moment - skipped, moment, place)


def wall_of(moment: datetime, place: tzinfo) -> datetime:
    """The time that clocks in a place show at a moment."""
    return moment.astimezone(place).replace(tzinfo=None)


def next_change(after: datetime, until: datetime, place: tzinfo) -> datetime | None:
    """The first moment at which clocks in a place change after one moment and until another, or None."""
    offset = after.astimezone(place).utcoffset()
    while after < until:
        later = min(after + BETWEEN_CHANGES, until)
        if later.astimezone(place).utcoffset() != offset:
            return _change_between(after, later, place)
        after = later
    return None


def _change_between(before: datetime, after: datetime, place: tzinfo) -> datetime:
    """The moment, to the second, at which clocks change between two others."""
    offset = after.astimezone(place).utcoffset()
    while after - before > SECOND:
        middle = before + (after - before) // 2
        if middle.astimezone(place).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)


def checked_year(moment: datetime, what: str) -> None:
    """Raises `ValueError` for a moment that no schedule means."""
    if moment.year not in YEARS:
        raise ValueError(f"{what} is in the years {YEARS.start} to {YEARS.stop - 1}; {moment.isoformat()} is not.")
