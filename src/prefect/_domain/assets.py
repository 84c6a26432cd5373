"""Assets: data that tasks make, told apart by where they are: `s3://lake/orders.parquet`.

What happens to an asset is told in events: that it was made, that making it failed, that something was made of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from prefect._domain.events import ID, ROLE, Event, Resource

MADE = "prefect.asset.materialization.succeeded"
FAILED = "prefect.asset.materialization.failed"
USED = "prefect.asset.referenced"
ROLE_OF_SOURCE, ROLE_OF_MAKER = "asset", "asset-materialized-by"
"""What an event's related resources are: an asset of which another one was made, and what made it."""
LONGEST_KEY = 512
RESTRICTED = tuple("\n\r\t\0 #?&%\"'<>[]{}|\\^`")
URI = re.compile(r"^[a-z0-9]+://")
EXAMPLE = "such as s3://lake/orders.parquet"


def checked_key(key: str) -> str:
    """The key, if it may name an asset. Raises `ValueError`."""
    restricted = [character for character in RESTRICTED if character in key]
    if restricted:
        raise ValueError(f"An asset's key is an address, {EXAMPLE}, and holds no {restricted[0]!r}; {key!r} does.")
    if not URI.match(key):
        raise ValueError(f"An asset's key is an address with a scheme, {EXAMPLE}; {key!r} is none.")
    if len(key) > LONGEST_KEY:
        raise ValueError(f"An asset's key has at most {LONGEST_KEY} characters; one of {len(key)} was given.")
    return key


@dataclass(frozen=True, slots=True)
class AssetAtAGlance:
    """An asset, as far as its events tell: when it was made last, when that failed last, how often it was made."""

    key: str
    name: str | None
    told: datetime
    made: datetime | None
    failed: datetime | None
    count: int


@dataclass(frozen=True, slots=True)
class Materialization:
    """One time that an asset was made, or was to be made: by what, of what, and what was told of it."""

    event: Event

    @property
    def succeeded(self) -> bool:
        return self.event.event == MADE

    @property
    def sources(self) -> list[str]:
        """The keys of the assets of which it was made."""
        return [one[ID] for one in self.event.related if one[ROLE] == ROLE_OF_SOURCE]

    @property
    def made_by(self) -> str | None:
        """The tool that made it."""
        return next((one[ID] for one in self.event.related if one[ROLE] == ROLE_OF_MAKER), None)

    def run(self, kind: str) -> Resource | None:
        """The `flow-run` or `task-run` in which it was made."""
        return next((one for one in self.event.related if one[ROLE] == kind), None)


@dataclass(frozen=True, slots=True)
class Lineage:
    """Assets around one, and of which each was made: pairs of a source and what was made of it."""

    assets: list[AssetAtAGlance]
    edges: list[tuple[str, str]]
