"""What somebody says in settings that does nothing: names that are none, and settings that mean nothing here."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from prefect.settings.current import Settings
from prefect.settings.idle import IDLE
from prefect.settings.reading import Setting
from prefect.settings.table import BY_ENV, BY_PATH

ALMOST = 0.8
"""How alike a name must be to one that is there (from 0 to 1) to be a slip of the pen."""


def doubts(settings: Settings) -> Iterator[str]:
    """A sentence for each thing that is said and does nothing."""
    yield from (of_unknown(name, source) for name, source in settings.unknown)
    for setting in IDLE:
        if settings.source_of(setting) != "default":
            yield from of_idle(setting, settings.value_of(setting), settings.source_of(setting))
    if not settings.silence_api_url_misconfiguration:
        yield from _of_address(settings)


def of_unknown(name: str, source: str) -> str:
    """What is to be said of a name that is no setting."""
    meant = meant_by(name)
    return f"{name} in {source} is no setting and does nothing." + (f" Did you mean {meant}?" if meant else "")


def meant_by(name: str) -> str | None:
    """The setting that a misspelt name, or a misspelt path of a file, means."""
    from difflib import get_close_matches

    known = BY_PATH if "." in name or name.islower() else BY_ENV
    return next(iter(get_close_matches(name, known, 1, ALMOST)), None)


def of_idle(setting: Setting, value: object, source: str) -> Iterator[str]:
    """What is to be said of a setting that means nothing here, unless it asks for what is so anyway."""
    if setting.idle and value != setting.parsed(setting.default, "default"):
        yield f"{setting.env} in {source} means nothing here: {setting.idle}"


def _of_address(settings: Settings) -> Iterator[str]:
    """Addresses that look as though something else was meant."""
    address = settings.api.url
    if address and not urlsplit(str(address)).path.rstrip("/").endswith("/api"):
        yield f"PREFECT_API_URL is {str(address)!r}; the address of a server ends with /api."
    if settings.ui_url and not address:
        yield "PREFECT_UI_URL is set, and PREFECT_API_URL is not: runs are recorded in the local database alone."
