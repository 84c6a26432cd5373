"""Artifacts in JSON."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field

from prefect._domain import artifacts as domain
from prefect._domain.artifacts import checked_key
from prefect._domain.filters import Filters
from prefect._wire.filters import OrderOf, filter_of, later
from prefect._wire.models import Answer, Body, Json, Listed, Recorded, Text
from prefect._wire.related import AmongTaskRuns

if TYPE_CHECKING:
    from prefect._wire.filters import ArtifactCollectionFilter, ArtifactFilter
else:
    ArtifactCollectionFilter = later("ArtifactCollectionFilter")
    ArtifactFilter = later("ArtifactFilter")


def _key_or_none(key: str | None) -> str | None:
    return checked_key(key) if key else None


Key = Annotated[str | None, AfterValidator(_key_or_none)]
"""A key; an empty one is none."""
Metadata = Annotated[dict[Text, Text], Field(max_length=1_000)]


class ArtifactCreate(Body):
    key: Key = None
    type: Text | None = None
    description: Text | None = None
    data: dict[str, Any] | Json | None = None
    metadata_: Metadata | None = None
    flow_run_id: UUID | None = None
    task_run_id: UUID | None = None

    def artifact(self, id: UUID, *, now: datetime) -> domain.Artifact:
        """The artifact that this makes."""
        fields = {name: getattr(self, name) for name in ArtifactCreate.model_fields}
        return domain.Artifact(id, now, now, **fields)


class ArtifactUpdate(Body):
    data: dict[str, Any] | Json | None = None
    description: Text | None = None
    metadata_: Metadata | None = None


class Artifact(Answer):
    id: UUID
    created: datetime | None = None
    updated: datetime | None = None
    key: str | None = None
    type: str | None = None
    description: str | None = None
    data: dict[str, Any] | Any | None = None
    metadata_: dict[str, str] | None = None
    flow_run_id: UUID | None = None
    task_run_id: UUID | None = None


class ArtifactCollection(Recorded):
    key: str
    latest_id: UUID
    type: str | None = None
    description: str | None = None
    data: dict[str, Any] | Any | None = None
    metadata_: dict[str, str] | None = None
    flow_run_id: UUID | None = None
    task_run_id: UUID | None = None


class CountArtifacts(AmongTaskRuns):
    artifacts: ArtifactFilter | None = None

    def wanted(self) -> Filters:
        return {**super().wanted(), "artifact": filter_of("artifact", self.artifacts)}


class ReadArtifacts(Listed, CountArtifacts):
    sort: Annotated[str, OrderOf("artifact")] = "ID_DESC"


class CountLatestArtifacts(AmongTaskRuns):
    artifacts: ArtifactCollectionFilter | None = None

    def wanted(self) -> Filters:
        return {**super().wanted(), "artifact_collection": filter_of("artifact_collection", self.artifacts)}


class ReadLatestArtifacts(Listed, CountLatestArtifacts):
    sort: Annotated[str, OrderOf("artifact_collection")] = "ID_DESC"
