"""What the pages are told of assets, in JSON."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from prefect._domain import assets as domain
from prefect._domain.events import ID, NAME
from prefect._orchestration.assets import Known
from prefect._wire.models import Answer, Listed, Query, Text

Search = Annotated[Text, Field(max_length=domain.LONGEST_KEY)]


class CountAssets(Query):
    """Assets whose keys hold a text."""

    search: Search = ""


class ReadAssets(Listed, CountAssets): ...


class ReadMaterializations(Listed):
    key: Search


class AssetAtAGlance(Answer):
    key: str
    name: str | None
    told: datetime
    made: datetime | None
    failed: datetime | None
    count: int


class RunNamed(Answer):
    id: UUID
    name: str | None

    @classmethod
    def among(cls, one: domain.Materialization, kind: str) -> RunNamed | None:
        """The run of a kind in which an asset was made."""
        run = one.run(kind)
        return None if run is None else cls(id=UUID(run[ID].rpartition(".")[2]), name=run.get(NAME))


class Materialization(Answer):
    id: UUID
    occurred: datetime
    succeeded: bool
    made_by: str | None
    sources: list[str]
    metadata: dict[str, Any]
    flow_run: RunNamed | None
    task_run: RunNamed | None

    @classmethod
    def telling(cls, one: domain.Materialization) -> Materialization:
        return cls(
            id=one.event.id,
            occurred=one.event.occurred,
            succeeded=one.succeeded,
            made_by=one.made_by,
            sources=one.sources,
            metadata=dict(one.event.payload),
            flow_run=RunNamed.among(one, "flow-run"),
            task_run=RunNamed.among(one, "task-run"),
        )


class AssetInWhole(AssetAtAGlance):
    url: str | None
    description: str | None
    owners: list[str]
    last: Materialization | None
    made_of: list[str]

    @classmethod
    def knowing(cls, known: Known) -> AssetInWhole:
        glance, labels = known.glance, known.labels
        return cls(
            key=glance.key,
            name=glance.name,
            told=glance.told,
            made=glance.made,
            failed=glance.failed,
            count=glance.count,
            url=labels.get("prefect.asset.url"),
            description=labels.get("prefect.asset.description"),
            owners=_owners(labels.get("prefect.asset.owners")),
            last=Materialization.telling(known.last) if known.last is not None else None,
            made_of=known.made_of,
        )


def _owners(label: str | None) -> list[str]:
    """The owners in a label, which programs write as JSON; another text is one owner."""
    try:
        owners = json.loads(label or "[]")
    except ValueError:
        return [label or ""]
    return [str(owner) for owner in owners] if isinstance(owners, list) else [str(owners)]


class Lineage(Answer):
    assets: list[AssetAtAGlance]
    edges: list[tuple[str, str]]
