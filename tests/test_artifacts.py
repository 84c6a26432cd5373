"""`prefect.artifacts`: what programs leave for people to look at, in and outside of runs, here and by a server."""

from __future__ import annotations

import asyncio
import json
import warnings
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from prefect import flow, get_client, task
from prefect._domain.events import BEGINNING
from prefect._engine.recorders import close_recorders, recorder
from prefect._orchestration.events import read_feed
from prefect._wire.artifacts import Artifact as Made
from prefect.artifacts import (
    Artifact,
    ImageArtifact,
    LinkArtifact,
    MarkdownArtifact,
    ProgressArtifact,
    TableArtifact,
    acreate_progress_artifact,
    aupdate_progress_artifact,
    create_image_artifact,
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.exceptions import ObjectNotFound
from prefect.runtime import flow_run, task_run
from tests.faults.proxies import between
from tests.serving import served


@pytest.fixture(params=["embedded", "server"])
def anywhere(request: pytest.FixtureRequest, home: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Programs write themselves, or ask a server to."""
    if request.param == "embedded":
        yield
        return
    with served() as address:
        monkeypatch.setenv("PREFECT_API_URL", address)
        yield
        close_recorders()


def read(id: UUID) -> Made:
    with get_client(sync_client=True) as client:
        return client.read_artifact(id)


def everything() -> list[Made]:
    with get_client(sync_client=True) as client:
        return client.read_artifacts(sort="CREATED_DESC")[::-1]


@pytest.mark.usefixtures("anywhere")
def test_each_kind_is_kept_as_clients_know_it() -> None:
    @flow
    def leaves() -> list[UUID]:
        return [
            create_link_artifact("https://example.org/x", key="k"),
            create_link_artifact("https://example.org", "here", description="d"),
            create_markdown_artifact("# Hi"),
            create_table_artifact([{"a": 1, "b": None}]),
            create_progress_artifact(12.5),
            create_image_artifact("https://example.org/i.png"),
            Artifact(type="own", data={"x": 1}, metadata_={"a": "b"}).create().id,
        ]

    found = [read(id) for id in leaves()]

    assert [(one.type, one.data) for one in found] == [
        ("markdown", "[https://example.org/x](https://example.org/x)"),
        ("markdown", "[here](https://example.org)"),
        ("markdown", "# Hi"),
        ("table", '[{"a": 1, "b": null}]'),
        ("progress", 12.5),
        ("image", "https://example.org/i.png"),
        ("own", '{"x": 1}'),
    ]
    assert [one.key for one in found] == ["k", *[None] * 6]
    assert (found[1].description, found[-1].metadata_) == ("d", {"a": "b"})


@pytest.mark.usefixtures("anywhere")
def test_an_artifact_belongs_to_the_run_in_which_it_was_made() -> None:
    @task
    def in_task() -> tuple[UUID, str | None, str | None]:
        return create_markdown_artifact("x"), flow_run.id, task_run.id

    @flow
    def inner() -> tuple[UUID, str | None, str | None]:
        return create_markdown_artifact("x"), flow_run.id, None

    @task
    def calls_a_flow() -> tuple[UUID, str | None, str | None]:
        return inner()

    @flow
    def outer() -> list[tuple[UUID, str | None, str | None]]:
        here = create_markdown_artifact("x"), flow_run.id, None
        return [in_task(), in_task.submit().result(), inner(), calls_a_flow(), here]

    for id, flow_run_id, task_run_id in outer():
        told = read(id)
        assert (str(told.flow_run_id), told.task_run_id and str(told.task_run_id)) == (flow_run_id, task_run_id)


def test_an_artifact_of_a_run_is_told_in_an_event_and_its_updates_are_not() -> None:
    @flow(name="tells")
    def tells() -> UUID:
        id: UUID = create_progress_artifact(0, key="far", description="d")
        update_progress_artifact(id, 50)
        return id

    id = tells()

    events = [event for _, event in read_feed(recorder().db, BEGINNING, limit=100)]
    [told] = [event for event in events if event.event.startswith("prefect.artifact.")]
    assert (told.event, told.resource_id) == ("prefect.artifact.created", f"prefect.artifact.{id}")
    assert told.payload == {"key": "far", "type": "progress", "description": "d"}
    assert [one["prefect.resource.role"] for one in told.related] == ["flow-run", "flow"]


@pytest.mark.usefixtures("anywhere")
def test_async_code_awaits_the_same_names() -> None:
    @task
    async def moves() -> UUID:
        id: UUID = await create_progress_artifact(0, key="far")
        await update_progress_artifact(id, 40)
        await aupdate_progress_artifact(id, 80, description="nearly")
        return id

    @flow
    async def waits() -> tuple[UUID, UUID]:
        made = await MarkdownArtifact(markdown="# Hi", key="m").create()
        assert await MarkdownArtifact(markdown="# Hi").aformat() == "# Hi"
        assert (await Artifact.aget("m")) == await Artifact.get("m")
        assert await Artifact.aget("nothing") is None
        await acreate_progress_artifact(1)
        return made.id, await moves()

    text, progress = asyncio.run(waits())

    assert read(text).data == "# Hi"
    assert (read(progress).data, read(progress).description) == (80, "nearly")


@pytest.mark.usefixtures("anywhere")
def test_progress_that_moves_a_thousand_times_is_one_artifact() -> None:
    @flow
    def counts() -> None:
        id = create_progress_artifact(0, key="far")
        for number in range(1, 1001):
            update_progress_artifact(id, number / 10)

    counts()

    assert [(one.key, one.data) for one in everything()] == [("far", 100)]


def test_progress_stays_within_its_bounds(caplog: pytest.LogCaptureFixture) -> None:
    @flow
    def strays() -> list[UUID]:
        return [create_progress_artifact(101), create_progress_artifact(-1)]

    assert [read(id).data for id in strays()] == [100, 0]
    assert "from 0 to 100; 101" in caplog.text
    with pytest.raises(ValueError, match="not NaN"):
        ProgressArtifact(progress=float("nan")).format()


@pytest.mark.usefixtures("anywhere")
def test_progress_of_nothing_is_an_error() -> None:
    @flow
    def moves(id: UUID) -> None:
        update_progress_artifact(id, 1)

    for move in (moves, lambda id: update_progress_artifact(id, 1)):
        with pytest.raises(ObjectNotFound, match="There is no artifact"):
            move(uuid4())


@pytest.mark.usefixtures("anywhere")
def test_what_there_is_under_a_key_is_given_or_made() -> None:
    @flow
    def asks() -> None:
        made, is_new = MarkdownArtifact.get_or_create("report", markdown="one", description="d")
        assert (made.data, made.description, is_new) == ("one", "d", True)
        again, is_new = MarkdownArtifact.get_or_create("report", markdown="two")
        assert (again.id, again.data, is_new) == (made.id, "one", False)
        create_markdown_artifact("three", key="report")
        latest = Artifact.get("report")
        assert latest.data == "three"
        assert Artifact.get("nothing") is None

    asks()


@pytest.mark.usefixtures("anywhere")
def test_outside_of_runs_it_works_with_a_warning() -> None:
    with pytest.warns(FutureWarning, match="outside of a flow or task run"):
        id = create_markdown_artifact("x", key="k")

    assert (read(id).data, read(id).flow_run_id) == ("x", None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert update_progress_artifact(id, 5) == id


@pytest.mark.filterwarnings("ignore:Artifact creation outside")
@pytest.mark.usefixtures("anywhere")
def test_a_client_that_is_given_is_asked() -> None:
    with get_client(sync_client=True) as client:
        made = LinkArtifact(link="https://example.org").create(client)
        assert create_link_artifact("https://example.org", client=client) != made.id

    async def by_an_async_one() -> UUID:
        async with get_client() as client:
            id: UUID = await create_link_artifact("https://example.org", client=client)
            return id

    id = asyncio.run(by_an_async_one())
    assert [one.id for one in everything()][::2] == [made.id, id]


@pytest.mark.parametrize("key", ["A", "a_b", "a b", "ä", "a.b"])
def test_a_key_that_does_not_fit_is_refused(key: str) -> None:
    with pytest.raises(ValidationError, match="lowercase letters, numbers, and dashes"):
        create_markdown_artifact("x", key=key)
    assert everything() == []


class Scalar:
    """A number as numpy has them."""

    shape = ()

    def __init__(self, value: Any) -> None:
        self.value = value

    def item(self) -> Any:
        return self.value


class NAType:
    """What is missing, as pandas has it."""


def test_cells_of_tables_are_what_json_knows() -> None:
    id = UUID(int=7)
    cells = {
        "moment": datetime(2026, 1, 2, 3),
        "decimal": Decimal("1.50"),
        "id": id,
        "nan": float("nan"),
        "inf": float("inf"),
        "missing": NAType(),
        "numpy": Scalar(3),
        "numpy's nan": Scalar(float("nan")),
        "pair": (1, "é"),
        1: {"deep": NAType()},
    }

    told = json.loads(TableArtifact(table=[cells]).format())

    assert told == [
        {
            "moment": "2026-01-02T03:00:00",
            "decimal": "1.50",
            "id": str(id),
            "nan": None,
            "inf": "inf",
            "missing": None,
            "numpy": 3,
            "numpy's nan": None,
            "pair": [1, "é"],
            "1": {"deep": None},
        }
    ]
    assert json.loads(TableArtifact(table={"a": [1, float("nan")]}).format()) == {"a": [1, None]}
    assert json.loads(TableArtifact(table=[[1, 2], [3, 4]]).format()) == [[1, 2], [3, 4]]
    with pytest.raises(ValidationError):
        create_table_artifact("no table")  # type: ignore[arg-type]  # that is the point


def test_text_that_no_database_takes_is_mended() -> None:
    @flow
    def leaves() -> UUID:
        id: UUID = create_markdown_artifact("half \ud800, nul \0")
        return id

    assert read(leaves()).data == "half \ufffd, nul \ufffd"


def test_a_kind_of_ones_own_says_what_is_kept() -> None:
    class Shout(ImageArtifact):
        type: str | None = "shout"

        def format(self) -> str:
            return self.image_url.upper()

    @flow
    def shouts() -> UUID:
        id: UUID = Shout(image_url="hey").create().id
        return id

    made = read(shouts())

    assert (made.type, made.data) == ("shout", "HEY")


def test_what_is_made_while_the_server_is_away_arrives_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_CLIENT_OUTAGE_SECONDS", "0.3")

    @flow
    def goes_on() -> UUID:
        network.cut()
        id: UUID = create_progress_artifact(1, key="far")
        update_progress_artifact(id, 60)
        create_markdown_artifact("# Still here", key="text")
        return id

    with served() as address, between(urlsplit(address).port or 0) as network:
        monkeypatch.setenv("PREFECT_API_URL", network.url)
        id = goes_on()
        network.mend()
        close_recorders()

        @flow
        def next_one() -> None: ...

        next_one()
        close_recorders()
        assert [(one.key, one.data) for one in everything()] == [("far", 60), ("text", "# Still here")]
        assert read(id).flow_run_id is not None
