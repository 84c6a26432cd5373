"""Functions that are given a client, and what is said of the one of a hosted service."""

from __future__ import annotations

import asyncio

import pytest

from prefect.client.cloud import NoHostedService, get_cloud_client
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.utilities import client_injector, get_or_create_client, inject_client


@inject_client
async def flows_named(name: str, client: PrefectClient) -> list[str]:
    return [flow.name for flow in await client.read_flows() if flow.name == name]


@client_injector
async def made(client: PrefectClient, name: str) -> str:
    return str(await client.create_flow_from_name(name))


def test_a_function_without_a_client_is_called_with_one_that_is_open() -> None:
    asyncio.run(made("orders"))

    assert asyncio.run(flows_named("orders")) == ["orders"]  # type: ignore[call-arg]
    assert asyncio.run(flows_named("orders", client=None)) == ["orders"]  # type: ignore[arg-type]


def test_the_client_that_is_given_is_the_one_that_is_used() -> None:
    @inject_client
    async def used(client: PrefectClient) -> PrefectClient:
        return client

    async def given_and_used() -> tuple[PrefectClient, PrefectClient]:
        async with get_client() as client:
            assert get_or_create_client(client) == (client, True)
            assert await used(client) is client
            return client, await used(client=client)

    given, found = asyncio.run(given_and_used())

    assert given is found
    assert get_or_create_client()[1] is False


def test_who_asks_for_a_hosted_service_is_told_what_to_do() -> None:
    with pytest.raises(NoHostedService, match="PREFECT_API_URL"):
        get_cloud_client()
