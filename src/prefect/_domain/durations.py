"""Lengths of time as settings, files and options write them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

NUMBER = r"\d+(?:\.\d+)?"
CLOCK = re.compile(rf"(?:(?P<days>\d+)\s*d(?:ays?)?,?\s*)?(?P<hours>\d+):(?P<minutes>\d\d)(?::(?P<seconds>{NUMBER}))?")
ISO = re.compile(
    rf"P(?=.*\d)(?:(?P<weeks>{NUMBER})W)?(?:(?P<days>{NUMBER})D)?"
    rf"(?:T(?:(?P<hours>{NUMBER})H)?(?:(?P<minutes>{NUMBER})M)?(?:(?P<seconds>{NUMBER})S)?)?"
)


WORDS = re.compile(
    rf"(?=.*\d)(?:(?P<weeks>{NUMBER})\s*w(?:eeks?)?\s*)?(?:(?P<days>{NUMBER})\s*d(?:ays?)?\s*)?"
    rf"(?:(?P<hours>{NUMBER})\s*h(?:ours?)?\s*)?(?:(?P<minutes>{NUMBER})\s*m(?:in(?:ute)?s?)?\s*)?"
    rf"(?:(?P<seconds>{NUMBER})\s*s(?:ec(?:ond)?s?)?)?"
)


def duration_of(said: Any) -> timedelta:
    """A length of time: seconds, `2h`, `1:30:00`, `1 day, 1:30:00`, or as ISO 8601 writes it (`P7D`, `PT1H30M`).

    Of two numbers the first are hours. Raises `ValueError`.
    """
    if isinstance(said, timedelta):
        return said
    try:
        return timedelta(**_units_of(said))
    except OverflowError as error:
        raise ValueError(f"{said!r} is longer than anything lasts") from error


def _units_of(said: Any) -> dict[str, float]:
    try:
        return {"seconds": float(said)}
    except (ValueError, TypeError):
        text = str(said).strip()
    match = CLOCK.fullmatch(text) or ISO.fullmatch(text) or WORDS.fullmatch(text)
    if match is None:
        raise ValueError(f"{said!r} is no length of time: expected seconds, 2h, H:MM:SS, or ISO 8601 such as PT1H30M")
    return {unit: float(amount) for unit, amount in match.groupdict().items() if amount}
