"""What lets one in somewhere is shown by no log line and no state."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from prefect import flow, get_run_logger
from prefect._engine.redaction import redacted
from prefect.client.orchestration import get_client
from prefect.types import SecretDict
from tests.recorded import the_flow_run


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("to https://me:hunter2@host/x and on", "to https://me:********@host/x and on"),
        ("postgresql+psycopg://u:p$w0rd@db:5432/x", "postgresql+psycopg://u:********@db:5432/x"),
        ("http://u:p@ss@host/x", "http://u:********@host/x"),
        ("redis://:hunter2@host", "redis://:********@host"),
        ("https://ghp_abc@github.com/a/b.git", "https://********@github.com/a/b.git"),
        ("ssh://git@host/a.git, me@host.com", "ssh://git@host/a.git, me@host.com"),
        ("http://localhost:4200/api?a=b@c", "http://localhost:4200/api?a=b@c"),
        ("Authorization: Basic dXNlcg== more", "Authorization: Basic ******** more"),
        ("{'Authorization': 'Bearer abc.def', 'b': 1}", "{'Authorization': 'Bearer ********', 'b': 1}"),
        ("{b'authorization': b'Token abc'}", "{b'authorization': b'Token ********'}"),
        ("AUTHORIZATION=abc", "AUTHORIZATION=********"),
        ("authorization failed", "authorization failed"),
    ],
)
def test_passwords_in_addresses_and_authorizations_are_masked(text: str, shown: str) -> None:
    assert redacted(text) == shown


class Login(BaseModel):
    user: str
    password: SecretStr


def test_the_secrets_among_a_flows_parameters_are_read_nowhere() -> None:
    @flow
    def careless(token: SecretStr, login: Login, more: SecretDict) -> None:
        told = f"{token.get_secret_value()} {login.password.get_secret_value()} {more.get_secret_value()['key']}"
        get_run_logger().info("told %s", told)
        raise RuntimeError(told)

    called: Any = careless
    called("SEKRIT-one", {"user": "me", "password": "SEKRIT-two"}, {"key": "SEKRIT-three"}, return_state=True)

    with get_client(sync_client=True) as client:
        lines = [line.message for line in client.read_logs()]
    state = the_flow_run().state
    assert state is not None
    assert "told ******** ******** ********" in lines
    assert not [text for text in [*lines, str(state.message)] if "SEKRIT" in text]
