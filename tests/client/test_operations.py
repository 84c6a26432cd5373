"""What clients make of answers."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import httpx
import pytest

from prefect._api.dispatching import Reply, Request
from prefect.client.operations import content_of
from prefect.client.orchestration import get_client
from prefect.client.orchestration.base import BaseAsyncClient, BaseClient
from prefect.exceptions import ConfigurationError, ObjectNotFound

NO_ROUTE = Reply(404, b'{"detail": "Not Found"}')


def test_a_server_without_the_routes_of_our_engine_is_told_as_such() -> None:
    with pytest.raises(ConfigurationError, match="no /engine routes"):
        content_of(Request("POST", "/engine/flow_runs"), NO_ROUTE)


def test_what_a_server_does_not_hold_is_not_taken_for_a_route_that_it_has_not() -> None:
    with pytest.raises(ObjectNotFound, match="no flow run 5"):
        content_of(Request("GET", "/engine/flow_runs/5"), Reply(404, b'{"detail": "There is no flow run 5."}'))
    with pytest.raises(ObjectNotFound):
        content_of(Request("GET", "/flow_runs/5"), NO_ROUTE)


def test_a_request_of_ones_own_is_answered_as_httpx_answers() -> None:
    with get_client(sync_client=True) as client:
        made = client.create_flow_from_name("etl")
        answer = client.request("GET", "/flows/{id}", path_params={"id": made})
        with pytest.raises(ObjectNotFound):
            client.request("GET", "/flows/{id}", path_params={"id": uuid4()})

    async def counted() -> int:
        async with get_client() as client:
            found = await client.request("POST", "/flows/count", json={"flows": {"name": {"any_": ["etl"]}}})
            return int(found.json())

    assert (answer.status_code, answer.json()["name"]) == (200, "etl")
    assert asyncio.run(counted()) == 1


def test_a_client_of_httpx_asks_by_the_paths_of_the_api() -> None:
    def answered(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text=f"{request.method} {request.url}")

    async def asked() -> str:
        async with httpx.AsyncClient(base_url="http://shop/api", transport=httpx.MockTransport(answered)) as client:
            return (await BaseAsyncClient(client).request("DELETE", "/flows/{id}", path_params={"id": 7})).text

    with httpx.Client(base_url="http://shop/api", transport=httpx.MockTransport(answered)) as client:
        own = BaseClient(client)
        told = own.request("GET", "/variables/{name}", params={"raw": "yes"}, path_params={"name": "a/b c"})
        with pytest.raises(ValueError, match="'id' in it, which path_params says nothing of"):
            own.request("GET", "/flows/{id}")

    assert told.text == "GET http://shop/api/variables/a%2Fb%20c?raw=yes"
    assert asyncio.run(asked()) == "DELETE http://shop/api/flows/7"
