"""Programs ask the API themselves, in plain HTTP, whether there is a server or not."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import PrefectHTTPStatusError


def test_answers_are_those_of_httpx_and_errors_are_raised(client: SyncPrefectClient) -> None:
    id = client.create_flow_from_name("etl")

    found = client._client.post("/flows/filter", json={"flows": {"name": {"any_": ["etl"]}}, "limit": 1})
    with pytest.raises(PrefectHTTPStatusError) as told:
        client._client.get(f"/flows/{uuid4()}")

    assert [flow["id"] for flow in found.json()] == [str(id)]
    assert told.value.response.status_code == 404
    assert "There is no flow" in str(told.value)


def test_it_is_awaited_of_the_client_that_is(client: SyncPrefectClient) -> None:
    id = client.create_flow_from_name("data flow")

    async def asked() -> tuple[str, str, int]:
        async with get_client() as asking:
            by_name = await asking._client.get("/flows/name/data%20flow")
            with pytest.raises(PrefectHTTPStatusError) as told:
                await asking._client.delete(f"/flows/{uuid4()}")
            version = await asking._client.get("/admin/version")
            return by_name.json()["id"], version.json(), told.value.response.status_code

    found, version, status = asyncio.run(asked())

    assert (found, status) == (str(id), 404)
    assert version.startswith("3.")
