"""The classes of blocks that this program knows, by the slug of their type."""

from __future__ import annotations

import importlib
import logging
from functools import lru_cache
from importlib.metadata import entry_points
from typing import Any

COLLECTIONS = "prefect.collections"
"""The group of entry points under which packages name the modules that define their blocks."""
HOMES = {
    "custom-webhook": "prefect.blocks.notifications",
    "date-time": "prefect.blocks.system",
    "discord-webhook": "prefect.blocks.notifications",
    "json": "prefect.blocks.system",
    "local-file-system": "prefect.filesystems",
    "mattermost-webhook": "prefect.blocks.notifications",
    "ms-teams-webhook": "prefect.blocks.notifications",
    "null-file-system": "prefect.filesystems",
    "opsgenie-webhook": "prefect.blocks.notifications",
    "pager-duty-webhook": "prefect.blocks.notifications",
    "redisstoragecontainer": "prefect.blocks.redis",
    "remote-file-system": "prefect.filesystems",
    "secret": "prefect.blocks.system",
    "sendgrid-email": "prefect.blocks.notifications",
    "slack-webhook": "prefect.blocks.notifications",
    "smb": "prefect.filesystems",
    "string": "prefect.blocks.system",
    "twilio-sms": "prefect.blocks.notifications",
    "webhook": "prefect.blocks.webhook",
}
"""Where the blocks that need no further package are defined; loaded when the first of them is asked for."""

_known: dict[str, type[Any]] = {}


def remember(slug: str, kind: type[Any]) -> None:
    """Take a class as the one of its type; one that is defined again takes the place of the old one."""
    _known[slug] = kind


def known(slug: str) -> type[Any] | None:
    """The class of a type, if this program has defined it so far."""
    return _known.get(slug)


def registry() -> dict[str, type[Any]]:
    """All classes that this program has defined so far, kept up to date."""
    return _known


class UnknownBlockType(ValueError):
    """No class of blocks that this program knows is of a type."""


def class_of(slug: str) -> type[Any]:
    """The class of a type. Raises `UnknownBlockType` where neither this program nor an installed package defines it."""
    if slug not in _known and slug in HOMES:
        importlib.import_module(HOMES[slug])
    if slug not in _known:
        _load_collections()
    if slug not in _known:
        raise UnknownBlockType(
            f"This program knows no block class of the type {slug!r}. Import the module that defines the class before "
            "the block is loaded, or install the package that brings it."
        )
    return _known[slug]


@lru_cache(maxsize=1)
def _load_collections() -> None:
    """Import what installed packages bring; one that cannot be imported is told and passed over."""
    for entry in entry_points(group=COLLECTIONS):
        try:
            entry.load()
        except Exception as error:  # noqa: BLE001  # foreign code may raise anything
            logging.getLogger("prefect.blocks").warning("The blocks of %r cannot be loaded: %s", entry.value, error)
