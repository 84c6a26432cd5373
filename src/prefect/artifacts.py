"""Artifacts: what runs leave behind for people to look at.

    create_markdown_artifact("# All well", key="daily-report")

There are texts in Markdown, links, tables, images and progress. What is made under one `key` again and again is a
history, whose latest is shown for the key. Made in a run, an artifact belongs to it, and is delivered as surely as its
log lines: also where the server is away meanwhile.
"""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

from prefect._clock import new_id, now
from prefect._domain.events import Event, resource
from prefect._domain.texts import mended
from prefect._engine.recorders import recorder
from prefect._engine.telling import around_here, tell
from prefect._wire.artifacts import Artifact as ArtifactResponse
from prefect._wire.artifacts import ArtifactCreate as ArtifactRequest
from prefect._wire.artifacts import ArtifactUpdate
from prefect.client.orchestration import PrefectClient, SyncPrefectClient, get_client
from prefect.context import FlowRunContext, TaskRunContext, calling_task
from prefect.logging import get_logger
from prefect.utilities.asyncutils import at_once, dispatched, in_thread

if TYPE_CHECKING:
    from prefect._wire.filters import ArtifactFilter
else:
    from prefect.client.schemas.filters import ArtifactFilter

AnyClient = PrefectClient | SyncPrefectClient
Table = dict[Any, list[Any]] | list[dict[Any, Any]] | list[list[Any]]
logger = get_logger("artifacts")


class Artifact(ArtifactRequest):
    """What is to be made: the kinds below say what is in it; this one takes any `type` and `data` that JSON knows."""

    @dispatched
    def create(self, client: AnyClient | None = None) -> ArtifactResponse:
        """Make it, for the run that is going on here. Outside of runs, a `FutureWarning` says that this may end."""
        whole = self._request(at_once(self.format))
        if not _is_in_a_run():
            warnings.warn(
                "Artifact creation outside of a flow or task run is deprecated, and a later version may refuse it.",
                FutureWarning,
                stacklevel=4,
            )
        if client is not None or not _is_in_a_run():
            with _asking(client) as asked:
                return asked.create_artifact(whole)
        made = whole.artifact(new_id(), now=now())
        recorder().ledger.make_artifact(made)
        told = {"key": made.key, "type": made.type, "description": made.description}
        thing = resource("artifact", made.id, made.key)
        tell(Event(new_id(), made.created, "prefect.artifact.created", thing, tuple(around_here()), told))
        return ArtifactResponse.of(made)

    @dispatched
    def format(self) -> Any:
        """The data as they are kept."""
        return json.dumps(self.data)

    @classmethod
    @dispatched
    def get(cls, key: str | None = None, client: AnyClient | None = None) -> ArtifactResponse | None:
        """What was made or changed last under a key, or without one under any; None where there is nothing."""
        wanted = ArtifactFilter.model_validate({"key": {"any_": [key]}}) if key is not None else None
        with _asking(client) as asked:
            found = asked.read_artifacts(artifact_filter=wanted, sort="UPDATED_DESC", limit=1)
        return found[0] if found else None

    @classmethod
    @dispatched
    def get_or_create(
        cls,
        key: str | None = None,
        description: str | None = None,
        data: dict[str, Any] | Any | None = None,
        client: AnyClient | None = None,
        **kwargs: Any,
    ) -> tuple[ArtifactResponse, bool]:
        """What there is under a key, and False; or else a new artifact of these fields, and True."""
        found = cls.get(key, client)
        if found is not None:
            return found, False
        return cls(key=key, description=description, data=data, **kwargs).create(client), True

    async def acreate(self, client: AnyClient | None = None) -> ArtifactResponse:
        made: ArtifactResponse = await in_thread(self.create, client)
        return made

    async def aformat(self) -> Any:
        return await in_thread(self.format)

    @classmethod
    async def aget(cls, key: str | None = None, client: AnyClient | None = None) -> ArtifactResponse | None:
        found: ArtifactResponse | None = await in_thread(cls.get, key, client)
        return found

    @classmethod
    async def aget_or_create(
        cls,
        key: str | None = None,
        description: str | None = None,
        data: dict[str, Any] | Any | None = None,
        client: AnyClient | None = None,
        **kwargs: Any,
    ) -> tuple[ArtifactResponse, bool]:
        found: tuple[ArtifactResponse, bool] = await in_thread(
            cls.get_or_create, key, description, data, client, **kwargs
        )
        return found

    def _request(self, data: Any) -> ArtifactRequest:
        """What is asked for: with these data, for the run that is going on here unless another one is named."""
        flow = FlowRunContext.get()
        task = calling_task(flow)
        return ArtifactRequest(
            key=self.key,
            type=self.type,
            description=self.description,
            data=mended(data) if isinstance(data, str) else data,
            metadata_=self.metadata_,
            flow_run_id=self.flow_run_id or (flow.flow_run.id if flow is not None else None),
            task_run_id=self.task_run_id or (task.id if task is not None else None),
        )


class LinkArtifact(Artifact):
    """A link; kept as Markdown."""

    link: str
    link_text: str | None = None
    type: str | None = "markdown"

    @dispatched
    def format(self) -> str:
        return f"[{self.link_text or self.link}]({self.link})"


class MarkdownArtifact(Artifact):
    """A text in Markdown."""

    markdown: str
    type: str | None = "markdown"

    @dispatched
    def format(self) -> str:
        return self.markdown


class TableArtifact(Artifact):
    """A table: a list of rows, each by column or as a list, or a list of cells for each column.

    Cells are what JSON knows; moments, decimals, ids and numbers of numpy and pandas are written as such, NaN and other
    missing values as null, and anything else as its text.
    """

    table: Table
    type: str | None = "table"

    @dispatched
    def format(self) -> str:
        return json.dumps(_plain(self.table), ensure_ascii=False)


class ProgressArtifact(Artifact):
    """How far something is, in percent from 0 to 100."""

    progress: float
    type: str | None = "progress"

    @dispatched
    def format(self) -> float:
        return _percentage(self.progress)


class ImageArtifact(Artifact):
    """An image at an address that whoever looks can reach."""

    image_url: str
    type: str | None = "image"

    @dispatched
    def format(self) -> str:
        return self.image_url


@dispatched
def create_link_artifact(
    link: str,
    link_text: str | None = None,
    key: str | None = None,
    description: str | None = None,
    client: AnyClient | None = None,
) -> UUID:
    """Leave a link; its id."""
    return _id_of(LinkArtifact(link=link, link_text=link_text, key=key, description=description), client)


@dispatched
def create_markdown_artifact(markdown: str, key: str | None = None, description: str | None = None) -> UUID:
    """Leave a text in Markdown; its id."""
    return _id_of(MarkdownArtifact(markdown=markdown, key=key, description=description))


@dispatched
def create_table_artifact(table: Table, key: str | None = None, description: str | None = None) -> UUID:
    """Leave a table; its id."""
    return _id_of(TableArtifact(table=table, key=key, description=description))


@dispatched
def create_progress_artifact(progress: float, key: str | None = None, description: str | None = None) -> UUID:
    """Show how far something is, from 0 to 100; the id by which `update_progress_artifact` moves it on."""
    return _id_of(ProgressArtifact(progress=progress, key=key, description=description))


@dispatched
def update_progress_artifact(
    artifact_id: UUID, progress: float, description: str | None = None, client: AnyClient | None = None
) -> UUID:
    """Say how far something is now. It may be said as often as one likes: the artifact stays one row.

    Raises `ObjectNotFound` where there is no such artifact.
    """
    changes: dict[str, Any] = {"data": _percentage(progress)}
    if description is not None:
        changes["description"] = description
    if client is None and _is_in_a_run():
        recorder().ledger.change_artifact(artifact_id, changes)
    else:
        with _asking(client) as asked:
            asked.update_artifact(artifact_id, ArtifactUpdate(**changes))
    return artifact_id


@dispatched
def create_image_artifact(image_url: str, key: str | None = None, description: str | None = None) -> UUID:
    """Leave an image by its address; its id."""
    return _id_of(ImageArtifact(image_url=image_url, key=key, description=description))


async def acreate_link_artifact(
    link: str,
    link_text: str | None = None,
    key: str | None = None,
    description: str | None = None,
    client: AnyClient | None = None,
) -> UUID:
    return await _awaited(create_link_artifact, link, link_text, key, description, client)


async def acreate_markdown_artifact(markdown: str, key: str | None = None, description: str | None = None) -> UUID:
    return await _awaited(create_markdown_artifact, markdown, key, description)


async def acreate_table_artifact(table: Table, key: str | None = None, description: str | None = None) -> UUID:
    return await _awaited(create_table_artifact, table, key, description)


async def acreate_progress_artifact(progress: float, key: str | None = None, description: str | None = None) -> UUID:
    return await _awaited(create_progress_artifact, progress, key, description)


async def aupdate_progress_artifact(
    artifact_id: UUID, progress: float, description: str | None = None, client: AnyClient | None = None
) -> UUID:
    return await _awaited(update_progress_artifact, artifact_id, progress, description, client)


async def acreate_image_artifact(image_url: str, key: str | None = None, description: str | None = None) -> UUID:
    return await _awaited(create_image_artifact, image_url, key, description)


async def _awaited(call: Any, *args: Any) -> UUID:
    made: UUID = await in_thread(call, *args)
    return made


def _id_of(artifact: Artifact, client: AnyClient | None = None) -> UUID:
    made: ArtifactResponse = artifact.create(client)
    return made.id


def _is_in_a_run() -> bool:
    return TaskRunContext.get() is not None or FlowRunContext.get() is not None


@contextmanager
def _asking(client: AnyClient | None) -> Iterator[SyncPrefectClient]:
    """The client that is given, which stays open, or one for the time of the block."""
    if client is None:
        with get_client(sync_client=True) as opened:
            yield opened
    else:
        yield client if isinstance(client, SyncPrefectClient) else SyncPrefectClient(client.transport)


def _percentage(progress: float) -> float:
    """The progress, within 0 to 100; one that is not is told. Raises `ValueError` for NaN."""
    if math.isnan(progress):
        raise ValueError("Progress is a number from 0 to 100, not NaN.")
    within = min(max(float(progress), 0.0), 100.0)
    if within != progress:
        logger.warning("Progress is a number from 0 to 100; %s is taken for %s.", progress, within)
    return within


def _plain(value: Any) -> Any:
    """A cell, or cells, as JSON knows them."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None if math.isnan(value) else str(value)
        case dict():
            return {str(name): _plain(held) for name, held in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(held) for held in value]
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "item") and getattr(value, "shape", None) == ():
        return _plain(value.item())
    return str(value)


__all__ = [
    "Artifact",
    "ArtifactRequest",
    "ArtifactResponse",
    "ImageArtifact",
    "LinkArtifact",
    "MarkdownArtifact",
    "ProgressArtifact",
    "TableArtifact",
    "acreate_image_artifact",
    "acreate_link_artifact",
    "acreate_markdown_artifact",
    "acreate_progress_artifact",
    "acreate_table_artifact",
    "aupdate_progress_artifact",
    "create_image_artifact",
    "create_link_artifact",
    "create_markdown_artifact",
    "create_progress_artifact",
    "create_table_artifact",
    "update_progress_artifact",
]
