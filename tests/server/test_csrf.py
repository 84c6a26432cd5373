"""Tokens against forged requests, where the settings ask for them."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from prefect._wire.variables import VariableCreate
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.transports import HttpTransport
from prefect.settings import get_current_settings, temporary_settings
from tests.serving import served

VARIABLE = {"name": "made", "value": 1}


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    """A program that talks to a server which asks for tokens."""
    with (
        temporary_settings({"PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED": True}),
        served() as address,
        httpx.Client(base_url=address) as client,
    ):
        yield client


def token_for(http: httpx.Client, client: str) -> dict[str, str]:
    """The headers with which a client brings a new token."""
    given = http.get("/csrf-token", params={"client": client}).json()
    return {"prefect-csrf-client": given["client"], "prefect-csrf-token": given["token"]}


def test_a_request_that_changes_something_brings_its_clients_token(http: httpx.Client) -> None:
    mine, others = token_for(http, "me"), token_for(http, "another")

    assert http.post("/variables/", json=VARIABLE).status_code == 403
    assert http.post("/variables/", json=VARIABLE, headers={**mine, "prefect-csrf-token": "x"}).status_code == 403
    mixed = {**mine, "prefect-csrf-token": others["prefect-csrf-token"]}
    assert http.post("/variables/", json=VARIABLE, headers=mixed).status_code == 403
    assert http.get("/variables/name/made").status_code == 404
    assert http.post("/variables/", json=VARIABLE, headers=mine).status_code == 201


def test_a_new_token_takes_the_place_of_the_old_one(http: httpx.Client) -> None:
    old = token_for(http, "me")
    token_for(http, "me")

    assert http.post("/variables/", json=VARIABLE, headers=old).status_code == 403


def test_a_token_is_good_for_a_while() -> None:
    short = {
        "PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED": True,
        "PREFECT_SERVER_API_CSRF_TOKEN_EXPIRATION": -1,
    }
    with temporary_settings(short), served() as address, httpx.Client(base_url=address) as http:
        assert http.post("/variables/", json=VARIABLE, headers=token_for(http, "me")).status_code == 403


def test_a_client_names_itself(http: httpx.Client) -> None:
    assert http.get("/csrf-token").status_code == 422
    assert http.get("/csrf-token", params={"client": ""}).status_code == 422
    assert http.get("/csrf-token", params={"client": "x" * 300}).status_code == 422


def test_where_nobody_asks_for_tokens_there_are_none() -> None:
    with served() as address:
        answer = httpx.get(f"{address}/csrf-token", params={"client": "me"})

    assert answer.status_code == 422
    assert "CSRF protection is disabled." in answer.json()["detail"]


def test_the_pages_say_what_there_is() -> None:
    with served() as address:
        root = address.removesuffix("/api")
        docs = httpx.get(f"{root}/docs")
        described = httpx.get(f"{root}/openapi.json").json()

    assert "<code>/flow_runs/{id}/set_state</code>" in docs.text
    assert "/engine" not in docs.text
    assert "default-src 'none'" in docs.headers["content-security-policy"]
    assert "/flow_runs/{id}/set_state" in described["paths"]


def test_our_own_programs_bring_their_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    with temporary_settings({"PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED": True}), served() as address:
        monkeypatch.setenv("PREFECT_API_URL", address)
        transport = HttpTransport(address, get_current_settings())
        made = SyncPrefectClient(transport).create_variable(VariableCreate(name="made", value=1))
        transport.close()

    assert made.value == 1
