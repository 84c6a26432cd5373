"""Slots that are taken in one place and given back in another."""

from __future__ import annotations

import threading
from uuid import UUID, uuid4

import pytest

from prefect._store.database import Database
from prefect._wire.concurrency import MOST_NAMES
from prefect.client.orchestration import get_client
from prefect.concurrency.context import ConcurrencyContext
from prefect.concurrency.services import (
    ConcurrencySlotAcquisitionService,
    ConcurrencySlotAcquisitionWithLeaseService,
)
from prefect.concurrency.sync import concurrency
from prefect.concurrency.v1 import context as tag_contexts
from prefect.concurrency.v1 import services as tag_services
from prefect.exceptions import AcquireConcurrencySlotTimeoutError, ConcurrencySlotAcquisitionError
from tests.concurrency.limits import a_limit, active, in_a_loop

X = frozenset(["x"])
LEASED = ConcurrencySlotAcquisitionWithLeaseService


@in_a_loop
async def test_slots_without_a_lease_are_held_until_they_are_given_back(db: Database) -> None:
    a_limit(db, limit=3)

    answer = await ConcurrencySlotAcquisitionService.instance(X).acquire(2, "concurrency")

    assert [limit["name"] for limit in answer.json()] == ["x"]
    assert active(db) == 2
    async with get_client() as client:
        await client.release_concurrency_slots(["x"], 2, 0.5)
    assert active(db) == 0


@in_a_loop
async def test_slots_with_a_lease_are_given_back_by_its_id(db: Database) -> None:
    a_limit(db)

    answer = (await LEASED.instance(X).acquire(1, "concurrency", lease_duration=60)).json()

    assert [limit["name"] for limit in answer["limits"]] == ["x"]
    assert active(db) == 1
    async with get_client() as client:
        await client.release_concurrency_slots_with_lease(UUID(answer["lease_id"]))
    assert active(db) == 0


def test_what_is_sent_is_answered_as_soon_as_there_is_a_slot(db: Database) -> None:
    a_limit(db)

    with concurrency("x"):
        waits = LEASED.instance(X).send((1, "concurrency"))
        with pytest.raises(AcquireConcurrencySlotTimeoutError, match=r"\['x'\]: none were free in 0 s"):
            LEASED.instance(X).send((1, "concurrency", 0)).result(20)
        assert not waits.done()

    assert waits.result(20).json()["limits"][0]["limit"] == 1
    assert active(db) == 1


@in_a_loop
async def test_tries_that_are_used_up_and_what_will_never_be_had_are_told(db: Database) -> None:
    a_limit(db)
    service = ConcurrencySlotAcquisitionService.instance(X)
    await service.acquire(1, "concurrency")

    with pytest.raises(ConcurrencySlotAcquisitionError, match="Locked"):
        await service.acquire(1, "concurrency", max_retries=1)
    with pytest.raises(ConcurrencySlotAcquisitionError, match="2"):
        await service.acquire(2, "concurrency")


@in_a_loop
async def test_strict_takes_nothing_where_a_name_is_no_limits(db: Database) -> None:
    a_limit(db)
    service = LEASED.instance(frozenset(["x", "unknown"]))

    with pytest.raises(ConcurrencySlotAcquisitionError, match=r"\['unknown'\] must be created"):
        await service.acquire(1, "concurrency", strict=True)

    assert active(db) == 0


def test_there_is_one_service_for_the_same_names() -> None:
    assert LEASED.instance(X) is LEASED.instance(frozenset(["x"]))
    assert isinstance(ConcurrencySlotAcquisitionService.instance(X), ConcurrencySlotAcquisitionService)


@in_a_loop
async def test_a_slot_of_a_tag_is_taken_for_a_task_run(db: Database) -> None:
    a_limit(db, "tag:etl")
    service, run = tag_services.ConcurrencySlotAcquisitionService.instance(frozenset(["etl"])), uuid4()

    answer = await service.acquire(run)

    assert [limit["name"] for limit in answer.json()] == ["etl"]
    with pytest.raises(AcquireConcurrencySlotTimeoutError):
        await service.acquire(uuid4(), timeout_seconds=0)
    with tag_contexts.ConcurrencyContext() as context:
        context.cleanup_slots.append((["etl"], 0.5, run))
        assert active(db, "tag:etl") == 1
    assert active(db, "tag:etl") == 0


@in_a_loop
async def test_slots_of_tags_that_cannot_be_had_have_an_error_of_their_own(db: Database) -> None:
    too_many = frozenset(f"tag-{number}" for number in range(MOST_NAMES + 1))

    with pytest.raises(tag_services.ConcurrencySlotAcquisitionServiceError, match="Unable to acquire"):
        await tag_services.ConcurrencySlotAcquisitionService.instance(too_many).acquire(uuid4(), 0)


def test_a_context_gives_back_at_its_end_what_was_taken_elsewhere(db: Database) -> None:
    a_limit(db)

    with ConcurrencyContext() as context:
        taken = LEASED.instance(X).send((1, "concurrency")).result(20).json()
        context.cleanup_lease_ids.append(UUID(taken["lease_id"]))
        assert ConcurrencyContext.get() is context
        assert active(db) == 1

    assert active(db) == 0


def test_the_context_tells_the_leases_that_the_process_holds(db: Database) -> None:
    a_limit(db, limit=2)
    assert ConcurrencyContext.get() is None

    with concurrency("x"):
        held = ConcurrencyContext.get()
        assert held is not None
        assert len(held.cleanup_lease_ids) == 1
        in_thread: list[ConcurrencyContext | None] = []
        thread = threading.Thread(target=lambda: in_thread.append(ConcurrencyContext.get()))
        thread.start()
        thread.join()
        assert in_thread == [held]

    assert ConcurrencyContext.get() is None
