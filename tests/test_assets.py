"""`prefect.assets`: what tasks make, of what, and how that is told in events."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from pydantic import ValidationError

from prefect import allow_failure, flow, task
from prefect._domain.events import BEGINNING, ID, ROLE
from prefect._engine.recorders import close_recorders, recorder
from prefect._orchestration.events import read_feed
from prefect.assets import Asset, AssetProperties, add_asset_metadata, materialize
from prefect.assets.core import MAX_ASSET_DESCRIPTION_LENGTH
from prefect.context import AssetContext
from prefect.task_runners import ProcessPoolTaskRunner
from prefect.tasks import MaterializingTask
from tests.serving import served

ORDERS, CLEAN, REPORT = "s3://lake/orders", "s3://lake/clean", "s3://lake/report"


class Told(NamedTuple):
    """What an event tells of an asset."""

    what: str
    key: str
    sources: list[str]
    metadata: dict[str, Any]


def told() -> list[Told]:
    """The events of assets in the order in which they happened."""
    recorder().flush()
    events = [event for _, event in read_feed(recorder().db, BEGINNING, limit=1000)]
    return [
        Told(
            event.event.rpartition(".")[2],
            event.resource_id,
            [one[ID] for one in event.related if one[ROLE] == "asset"],
            dict(event.payload),
        )
        for event in events
        if event.event.startswith("prefect.asset.")
    ]


def made() -> list[tuple[str, list[str]]]:
    """The assets that were made, with those that they were made of."""
    return [(one.key, one.sources) for one in told() if one.what == "succeeded"]


@materialize(ORDERS)
def orders() -> list[int]:
    return [1, 2]


@materialize(CLEAN)
def clean(rows: Any) -> list[Any]:
    return [rows]


@task
def plain(value: Any = None) -> list[Any]:
    return [value]


@task(asset_deps=["file://inbox"])
def read_inbox() -> list[int]:
    return [3]


@materialize(REPORT, asset_deps=[Asset(key="file://template")])
def report(*of: Any) -> list[int]:
    return [len(of)]


@materialize("s3://lake/broken")
def broken(of: Any = None) -> None:
    add_asset_metadata("s3://lake/broken", {"tried": True})
    raise ValueError("no")


def test_an_asset_is_made_of_those_that_it_was_given() -> None:
    @flow
    def chain() -> None:
        rows = orders()
        report(clean(rows), plain.submit(read_inbox.submit()))

    chain()

    assert told() == [
        Told("succeeded", ORDERS, [], {}),
        Told("referenced", ORDERS, [], {}),
        Told("succeeded", CLEAN, [ORDERS], {}),
        Told("referenced", "file://inbox", [], {}),
        Told("referenced", "file://template", [], {}),
        Told("referenced", CLEAN, [], {}),
        Told("succeeded", REPORT, ["file://inbox", "file://template", CLEAN], {}),
    ]


def test_assets_are_followed_through_futures_waits_and_maps() -> None:
    @flow
    def chain() -> None:
        first = orders.submit()
        clean.submit(1, wait_for=[first]).wait()
        clean.map([first, 2]).wait()

    chain()

    assert sorted(made()) == [(CLEAN, []), (CLEAN, [ORDERS]), (CLEAN, [ORDERS]), (ORDERS, [])]


def test_a_failure_is_told_once_and_its_asset_may_be_used() -> None:
    @flow
    def tries() -> None:
        failed = broken.with_options(retries=2).submit()
        report.submit(allow_failure(failed)).wait()
        report.submit(failed).wait()
        return

    tries(return_state=True)

    assert [one for one in told() if one.key == "s3://lake/broken"] == [
        Told("failed", "s3://lake/broken", [], {"tried": True}),
        Told("referenced", "s3://lake/broken", [], {}),
    ]
    assert made() == [(REPORT, ["file://template", "s3://lake/broken"])]


def test_a_cached_result_is_not_made_again_but_its_asset_is_used() -> None:
    kept = orders.with_options(persist_result=True, cache_key_fn=lambda *_: "orders")

    @flow
    def twice() -> None:
        kept()
        clean(kept())

    twice()

    assert made() == [(ORDERS, []), (CLEAN, [ORDERS])]


def test_an_event_belongs_to_its_run_and_tells_what_is_known_of_the_asset() -> None:
    known = AssetProperties(name="Orders", url="https://lake/orders", description="All of them", owners=["ann"])

    @materialize(Asset(key=ORDERS, properties=known), by="dbt")
    def makes() -> None:
        add_asset_metadata(ORDERS, {"rows": 2, "shape": (2, 3)})
        Asset(key=ORDERS).add_metadata({"rows": 3, "odd": object})

    @flow(name="nightly")
    def nightly() -> None:
        makes()

    nightly()

    [event] = [event for _, event in read_feed(recorder().db, BEGINNING, limit=100) if event.resource_id == ORDERS]
    assert event.resource == {
        "prefect.resource.id": ORDERS,
        "prefect.resource.name": "Orders",
        "prefect.asset.description": "All of them",
        "prefect.asset.url": "https://lake/orders",
        "prefect.asset.owners": '["ann"]',
    }
    assert [one[ROLE] for one in event.related] == ["asset-materialized-by", "flow-run", "task-run", "flow"]
    assert event.related[0][ID] == "dbt"
    assert event.payload == {"rows": 3, "shape": [2, 3], "odd": "<type>"}


def test_tasks_tell_of_their_own_assets_alone() -> None:
    @task
    def inner() -> None:
        add_asset_metadata(ORDERS, {"x": 1})

    @materialize(ORDERS)
    def outer() -> None:
        assert AssetContext.get() is not None
        with pytest.raises(TypeError, match="dictionary"):
            add_asset_metadata(ORDERS, 5)  # type: ignore[arg-type]  # that is the point
        with pytest.raises(ValueError, match=r"Can only add metadata.*'s3://lake/clean' is none of them"):
            add_asset_metadata(CLEAN, {})
        inner()

    with pytest.raises(ValueError, match=r"Can only add metadata.*: none"):
        outer()
    with pytest.raises(RuntimeError, match="@materialize"):
        add_asset_metadata(ORDERS, {})


def test_a_task_outside_of_flows_and_one_of_several_assets_tell_too() -> None:
    @materialize(ORDERS, CLEAN, asset_deps=["file://inbox"])
    def both() -> None: ...

    both()

    assert made() == [(CLEAN, ["file://inbox"]), (ORDERS, ["file://inbox"])]


@materialize(ORDERS)
def in_a_process() -> int:
    add_asset_metadata(ORDERS, {"rows": 7})
    return 7


def test_what_is_told_in_another_process_arrives() -> None:
    @flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
    def elsewhere() -> int:
        return in_a_process.submit().result()

    assert elsewhere() == 7
    assert told() == [Told("succeeded", ORDERS, [], {"rows": 7})]


def test_a_server_records_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    @flow
    def chain() -> None:
        clean(orders())

    with served() as address:
        monkeypatch.setenv("PREFECT_API_URL", address)
        chain()
        close_recorders()
        monkeypatch.delenv("PREFECT_API_URL")
        assert made() == [(ORDERS, []), (CLEAN, [ORDERS])]


@pytest.mark.parametrize(
    "key", ["orders", "S3://lake", "s3:/lake", "s3://a b", "s3://a?b", "my-s3://x", "s3://" + "x" * 508, "s3://\t"]
)
def test_a_key_that_is_no_address_is_refused(key: str) -> None:
    with pytest.raises(ValidationError, match="An asset's key"):
        Asset(key=key)
    with pytest.raises(ValidationError, match="An asset's key"):
        materialize(key)(lambda: 1)


def test_an_asset_is_known_by_its_key_and_stays_as_it_is() -> None:
    named = Asset(key=ORDERS, properties=AssetProperties(name="Orders", owners=["ann"]))

    assert hash(named) == hash(Asset(key=ORDERS))
    assert named != Asset(key=ORDERS)
    assert repr(named) == f"Asset(key='{ORDERS}')"
    with pytest.raises(ValidationError, match="frozen"):
        named.key = CLEAN
    with pytest.raises(ValidationError, match="2500"):
        AssetProperties(description="x" * (MAX_ASSET_DESCRIPTION_LENGTH + 1))


def test_the_decorator_makes_a_task_with_options() -> None:
    made_by = materialize(ORDERS, by="dbt", retries=2, name="load")(lambda: 1)

    assert isinstance(made_by, MaterializingTask)
    assert (made_by.name, made_by.retries, made_by.materialized_by) == ("load", 2, "dbt")
    other = made_by.with_options(assets=[CLEAN], retries=3)
    assert ([one.key for one in other.assets], other.retries, other.materialized_by) == ([CLEAN], 3, "dbt")
    assert [one.key for one in made_by.assets] == [ORDERS]
    with pytest.raises(TypeError, match="needs an asset"):
        materialize()
    with pytest.raises(TypeError, match="assets and their keys"):
        materialize(5)  # type: ignore[arg-type]  # that is the point
    with pytest.raises(TypeError, match="did you mean 'retries'"):
        materialize(ORDERS, retry=5)  # type: ignore[call-arg]  # that is the point
