"""What lets one in somewhere is shown by no log line and no state."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from prefect import State, flow, get_run_logger, task
from prefect._engine.redaction import keep_out_of_logs, redacted
from prefect.client.orchestration import get_client
from prefect.types import SecretDict
from tests.recorded import task_runs, the_flow_run, the_task_run


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


def said(state: State | None) -> list[str]:
    """What is read of a run that ended in a state: its message, and all log lines."""
    assert state is not None
    with get_client(sync_client=True) as client:
        return [str(state.message), *(line.message for line in client.read_logs())]


@task
def careless_task(token: SecretStr, login: Login | None = None, several: Any = ()) -> None:
    secrets = [token, *([login.password] if login else []), *several]
    told = " ".join(secret.get_secret_value() for secret in secrets)
    get_run_logger().info("told %s", told)
    raise RuntimeError(told)


def test_the_secrets_that_only_a_task_is_given_are_read_nowhere() -> None:
    @flow
    def around() -> None:
        login = Login(user="me", password=SecretStr("SEKRIT-inside"))
        careless_task(SecretStr("SEKRIT-bare"), login, [SecretStr("SEKRIT-listed")], return_state=True)

    around(return_state=True)

    texts = said(the_task_run().state)
    assert "told ******** ******** ********" in texts
    assert "RuntimeError: ******** ******** ********" in texts[0]
    assert not [text for text in texts if "SEKRIT" in text]


def test_a_secret_that_another_task_made_is_read_nowhere() -> None:
    @task
    def fetch() -> dict[str, SecretStr]:
        return {"token": SecretStr("SEKRIT-fetched")}

    @task
    def use(fetched: dict[str, SecretStr]) -> None:
        raise RuntimeError(fetched["token"].get_secret_value())

    @flow
    def around() -> None:
        use.submit(fetch.submit()).wait()

    around(return_state=True)

    assert "RuntimeError: ********" in str(task_runs()[-1].state)
    assert not [text for text in said(task_runs()[-1].state) if "SEKRIT" in text]


def test_a_longer_secret_is_masked_whole_where_a_shorter_one_begins_it() -> None:
    keep_out_of_logs(["SEKRIT-a"])
    keep_out_of_logs(["SEKRIT-and-longer", "SEKRIT-an"])

    assert redacted("of SEKRIT-and-longer and SEKRIT-a") == "of ******** and ********"
