"""`/artifacts`"""

from __future__ import annotations

from uuid import UUID

from prefect._api.routing import Here, Routes
from prefect._domain.sorting import read_sort
from prefect._orchestration import artifacts
from prefect._store.artifacts import Part
from prefect._wire import artifacts as wire

routes = Routes("/artifacts")


@routes.post("/")
def create_artifact(here: Here, body: wire.ArtifactCreate) -> wire.Artifact:
    made = artifacts.create(here.db, body.artifact(here.new_id(), now=here.now), new_id=here.new_id)
    here.status = 201
    return wire.Artifact.of(made)


@routes.post("/filter")
def read_artifacts(here: Here, body: wire.ReadArtifacts) -> list[wire.Artifact]:
    part = Part(read_sort("artifact", body.sort), here.limit(body.limit), body.offset)
    return [wire.Artifact.of(found) for found in artifacts.list_artifacts(here.db, body.wanted(), part)]


@routes.post("/count")
def count_artifacts(here: Here, body: wire.CountArtifacts) -> int:
    return artifacts.count_artifacts(here.db, body.wanted())


@routes.post("/latest/filter")
def read_latest_artifacts(here: Here, body: wire.ReadLatestArtifacts) -> list[wire.ArtifactCollection]:
    part = Part(read_sort("artifact_collection", body.sort), here.limit(body.limit), body.offset)
    return [wire.ArtifactCollection.of(found) for found in artifacts.list_collections(here.db, body.wanted(), part)]


@routes.post("/latest/count")
def count_latest_artifacts(here: Here, body: wire.CountLatestArtifacts) -> int:
    return artifacts.count_collections(here.db, body.wanted())


@routes.get("/{id}")
def read_artifact(here: Here, id: UUID) -> wire.Artifact:
    return wire.Artifact.of(artifacts.read(here.db, id))


@routes.get("/{key}/latest")
def read_latest_artifact(here: Here, key: str) -> wire.Artifact:
    return wire.Artifact.of(artifacts.read_latest(here.db, key))


@routes.patch("/{id}")
def update_artifact(here: Here, id: UUID, body: wire.ArtifactUpdate) -> None:
    artifacts.update(here.db, id, body.given(), now=here.now)


@routes.delete("/{id}")
def delete_artifact(here: Here, id: UUID) -> None:
    artifacts.delete(here.db, id, now=here.now)
