"""Artifacts and the latest of each key, on both databases."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from prefect._clock import new_id
from prefect._domain.artifacts import Artifact
from prefect._domain.filters import read_filter
from prefect._domain.sorting import read_sort
from prefect._orchestration import artifacts, flow_runs
from prefect._store.artifacts import Part
from prefect._store.database import Database
from prefect.exceptions import ObjectNotFound
from tests._store.records import NOON, SECOND, a_flow_run

NEWEST = Part(read_sort("artifact", "CREATED_DESC"), limit=10)
BY_KEY = Part(read_sort("artifact_collection", "KEY_ASC"), limit=10)


def made(db: Database, *, after: int = 0, **fields: Any) -> Artifact:
    """A recorded artifact, some seconds after noon."""
    moment = NOON + after * SECOND
    return artifacts.create(db, Artifact(new_id(), moment, moment, **fields), new_id=new_id)


def latest_of(db: Database) -> dict[str, UUID]:
    return {found.key: found.latest_id for found in artifacts.list_collections(db, {}, BY_KEY)}


def test_an_artifact_is_read_as_it_was_made(db: Database) -> None:
    run = a_flow_run(db)

    one = made(db, key="a", type="table", description="d", data=[{"x": 1.5}], metadata_={"k": "v"}, flow_run_id=run.id)
    other = made(db, data={"free": True}, task_run_id=uuid4())

    assert artifacts.read(db, one.id) == one
    assert artifacts.read(db, other.id) == other
    assert artifacts.list_artifacts(db, {"flow_run": read_filter("flow_run", {"id": {"any_": [run.id]}})}, NEWEST) == [
        one
    ]


def test_the_latest_stands_for_its_key_also_when_one_is_removed(db: Database) -> None:
    first, second, third = (made(db, after=second, key="a", data=second) for second in range(3))
    assert latest_of(db) == {"a": third.id}

    artifacts.delete(db, second.id, now=NOON)
    assert latest_of(db) == {"a": third.id}
    artifacts.delete(db, third.id, now=NOON)
    assert artifacts.read_latest(db, "a") == first
    artifacts.delete(db, first.id, now=NOON)
    assert latest_of(db) == {}
    with pytest.raises(ObjectNotFound, match="key 'a'"):
        artifacts.read_latest(db, "a")


def test_one_that_arrives_again_is_not_made_twice(db: Database) -> None:
    first = made(db, key="a", data=1)
    second = made(db, key="a", data=2)

    again = artifacts.create(db, first, new_id=new_id)

    assert again == first
    assert latest_of(db) == {"a": second.id}
    assert artifacts.count_artifacts(db, {}) == 2


def test_an_update_is_seen_in_the_artifact_and_as_the_latest_of_its_key(db: Database) -> None:
    one = made(db, key="a", type="progress", description="d", data=1)

    artifacts.update(db, one.id, {"data": 50.5}, now=NOON + SECOND)

    [told] = artifacts.list_collections(db, {}, BY_KEY)
    assert (told.data, told.description, told.created, told.updated) == (50.5, "d", NOON, NOON + SECOND)
    assert artifacts.read(db, one.id).data == 50.5


def test_what_has_a_key_outlives_its_run(db: Database) -> None:
    run = a_flow_run(db)
    with_key = made(db, key="a", flow_run_id=run.id)
    made(db, flow_run_id=run.id)
    alone = made(db)

    flow_runs.delete(db, run.id)

    assert {one.id for one in artifacts.list_artifacts(db, {}, NEWEST)} == {with_key.id, alone.id}


def test_keys_are_asked_for_by_what_their_latest_is(db: Database) -> None:
    made(db, key="a", type="table")
    made(db, key="a", type="markdown", after=1)
    made(db, key="b", type="table")

    def keys(**asked: Any) -> list[str]:
        wanted = {"artifact_collection": read_filter("artifact_collection", asked)}
        found = artifacts.list_collections(db, wanted, BY_KEY)
        assert artifacts.count_collections(db, wanted) == len(found)
        return [one.key for one in found]

    assert keys(type={"any_": ["table"]}) == ["b"]
    assert keys(type={"not_any_": ["table"]}) == ["a"]
    assert keys(key={"like_": "A"}) == ["a"]
    assert keys(key={"exists_": True}) == ["a", "b"]
    assert keys(key={"exists_": False}) == []
