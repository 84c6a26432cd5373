"""Clients that are told whom to ask."""

from __future__ import annotations

import asyncio

import pytest

from prefect import flow
from prefect.client.orchestration import PrefectClient, ServerType, SyncPrefectClient, get_client
from prefect.client.transports import HttpTransport
from prefect.exceptions import ObjectNotFound
from tests.recorded import the_flow_run


def test_a_client_may_be_told_a_server_and_its_password() -> None:
    with SyncPrefectClient("http://127.0.0.1:1/api/", auth_string="me:secret") as client:
        assert isinstance(client.transport, HttpTransport)
        assert (client.api_url, client.server_type) == ("http://127.0.0.1:1/api", ServerType.SERVER)

    async def asked() -> str:
        async with PrefectClient("http://127.0.0.1:1/api", api_key="k") as waiting:
            return waiting.api_url

    assert asyncio.run(asked()) == "http://127.0.0.1:1/api"


def test_a_client_without_a_server_says_so() -> None:
    with get_client(sync_client=True) as client:
        assert client.server_type is ServerType.EPHEMERAL
        assert client.api_url.startswith("sqlite:///")


def test_a_misspelt_option_of_a_client_is_told() -> None:
    with pytest.raises(TypeError, match="did you mean 'auth_string'"):
        SyncPrefectClient("http://127.0.0.1:1/api", auth_sting="x")  # type: ignore[call-arg]  # that is the point


def test_one_state_of_a_run_can_be_read() -> None:
    @flow
    def hello() -> int:
        return 1

    hello()
    run = the_flow_run()

    with get_client(sync_client=True) as client:
        states = client.read_flow_run_states(run.id)
        assert client.read_flow_run_state(states[-1].id) == states[-1]
        with pytest.raises(ObjectNotFound):
            client.read_flow_run_state(run.id)
