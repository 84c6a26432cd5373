"""Moments as programs of version 3 make them; each knows its time zone."""

from __future__ import annotations

from datetime import datetime, timezone, tzinfo
from zoneinfo import ZoneInfo

from prefect.types import DateTime


def now(tz: str | tzinfo = "UTC") -> DateTime:
    """This moment, in a time zone."""
    return datetime.now(_zone(tz))


def from_timestamp(ts: float, tz: str | tzinfo = "UTC") -> DateTime:
    """The moment so many seconds after the beginning of 1970 in UTC, in a time zone."""
    return datetime.fromtimestamp(ts, _zone(tz))


def _zone(tz: str | tzinfo) -> tzinfo:
    if isinstance(tz, str):
        return timezone.utc if tz.upper() == "UTC" else ZoneInfo(tz)
    return tz


__all__ = ["DateTime", "from_timestamp", "now"]
