"""What clients can do with artifacts."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from typing_extensions import Unpack

from prefect.client.operations import Later, Steps, delete, get, operation, patch, post, quoted
from prefect.client.runs import Filters, given, wanted

if TYPE_CHECKING:
    from prefect._wire.artifacts import Artifact, ArtifactCollection, ArtifactCreate, ArtifactUpdate
    from prefect._wire.filters import ArtifactCollectionFilter, ArtifactFilter
else:
    Artifact = Later("prefect._wire.artifacts", "Artifact")
    ArtifactCollection = Later("prefect._wire.artifacts", "ArtifactCollection")


class ArtifactOperations:
    """The operations on artifacts."""

    @operation
    def create_artifact(self, artifact: ArtifactCreate) -> Steps[Artifact]:
        """A new artifact, which becomes the latest of its key."""
        return Artifact.model_validate((yield post("/artifacts/", artifact)))

    @operation
    def read_artifact(self, artifact_id: UUID) -> Steps[Artifact]:
        """The artifact with that id. Raises `ObjectNotFound`."""
        return Artifact.model_validate((yield get(f"/artifacts/{artifact_id}")))

    @operation
    def read_latest_artifact(self, key: str) -> Steps[Artifact]:
        """The latest artifact of a key. Raises `ObjectNotFound`."""
        return Artifact.model_validate((yield get(f"/artifacts/{quoted(key)}/latest")))

    @operation
    def read_artifacts(
        self,
        *,
        artifact_filter: ArtifactFilter | None = None,
        sort: str | None = None,
        limit: int | None = None,
        offset: int = 0,
        **filters: Unpack[Filters],
    ) -> Steps[list[Artifact]]:
        """The artifacts that are meant, the newest first unless another order is asked for."""
        body = {**wanted(**filters), **given(artifacts=artifact_filter, sort=sort, limit=limit, offset=offset)}
        return [Artifact.model_validate(found) for found in (yield post("/artifacts/filter", body))]

    @operation
    def read_latest_artifacts(
        self,
        *,
        artifact_filter: ArtifactCollectionFilter | None = None,
        sort: str | None = None,
        limit: int | None = None,
        offset: int = 0,
        **filters: Unpack[Filters],
    ) -> Steps[list[ArtifactCollection]]:
        """The keys whose latest artifacts are meant, the newest key first unless another order is asked for."""
        body = {**wanted(**filters), **given(artifacts=artifact_filter, sort=sort, limit=limit, offset=offset)}
        return [ArtifactCollection.model_validate(found) for found in (yield post("/artifacts/latest/filter", body))]

    @operation
    def update_artifact(self, artifact_id: UUID, artifact: ArtifactUpdate) -> Steps[None]:
        """Change an artifact's data, description or metadata. Raises `ObjectNotFound`."""
        yield patch(f"/artifacts/{artifact_id}", artifact)

    @operation
    def delete_artifact(self, artifact_id: UUID) -> Steps[None]:
        """Remove an artifact. Raises `ObjectNotFound`."""
        yield delete(f"/artifacts/{artifact_id}")
