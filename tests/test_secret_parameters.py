"""Secrets among parameters: the flow gets them, and nobody who looks at its run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, Field, SecretStr

from prefect import flow
from prefect._engine.recorders import recorder
from prefect.blocks.system import Secret
from prefect.deployments import run_deployment
from prefect.exceptions import ParameterTypeError
from prefect.types import SecretDict
from tests.recorded import flow_runs, the_flow_run
from tests.runner.scenes import deployed, ended, running, written

HIDDEN = "**********"
SEKRIT = "SEKRIT-5f2a9c"


class Login(BaseModel):
    user: str
    password: SecretStr
    extra: SecretStr | None = Field(None, alias="more")


@flow
def takes(
    token: SecretStr,
    login: Login | None = None,
    several: list[SecretStr] | None = None,
    named: dict[str, SecretStr] | None = None,
    whole: SecretDict | None = None,
    plain: str = "plain",
) -> str:
    return token.get_secret_value()


called: Any = takes
"""The same, for arguments as JSON brings them."""


def is_nowhere_in_the_database(home: Path) -> bool:
    recorder().flush()
    return not any(SEKRIT.encode() in file.read_bytes() for file in home.glob("prefect.db*"))


def test_what_a_flow_declares_secret_is_recorded_as_asterisks_however_deep(home: Path) -> None:
    login = {"user": "me", "password": SEKRIT, "more": SEKRIT}

    assert called(SEKRIT, login, [SEKRIT], {"a": SEKRIT}, {"b": SEKRIT}) == SEKRIT

    assert the_flow_run().parameters == {
        "token": HIDDEN,
        "login": {"user": "me", "password": HIDDEN, "more": HIDDEN},
        "several": [HIDDEN],
        "named": {"a": HIDDEN},
        "whole": HIDDEN,
        "plain": "plain",
    }
    assert is_nowhere_in_the_database(home)


def test_a_secret_that_is_given_as_such_is_not_shown_whatever_is_declared() -> None:
    @flow
    def around(value, more):  # type: ignore[no-untyped-def]  # nothing is declared
        return value.get_secret_value()

    assert around(SecretStr(SEKRIT), [SecretStr(SEKRIT)]) == SEKRIT

    assert the_flow_run().parameters == {"value": HIDDEN, "more": [HIDDEN]}


def test_a_mistake_with_a_secret_does_not_show_it(home: Path) -> None:
    with pytest.raises(ParameterTypeError, match="token: Input should be a valid string") as raised:
        called([SEKRIT])

    assert SEKRIT not in str(raised.value)
    assert is_nowhere_in_the_database(home)


def test_a_saved_secret_may_be_given_where_a_secret_is_wanted() -> None:
    document = Secret(value=SEKRIT).save("token")

    assert called(Secret.load("token")) == SEKRIT
    assert called({"$ref": {"block_document_id": str(document)}}) == SEKRIT

    assert [run.parameters["token"] for run in flow_runs()] == [{"$ref": {"block_document_id": str(document)}}] * 2


CODE = """
from pydantic import SecretStr

@flow
def around(token: SecretStr):
    note("got", token.get_secret_value())
"""


def test_a_reference_travels_through_a_deployment_and_the_secret_does_not() -> None:
    Secret(value=SEKRIT).save("token")
    deployment = deployed(CODE)

    with running(deployment):
        run = run_deployment("around/test", parameters={"token": Secret.load("token")}, timeout=0)
        assert ended(run).is_completed()
    assert written("got") == SEKRIT
    assert set(run.parameters["token"]) == {"$ref"}


def test_a_plain_secret_is_not_kept_for_a_later_run() -> None:
    deployed(CODE)

    with pytest.raises(ValueError, match=r"Secret\(value=...\).save"):
        run_deployment("around/test", parameters={"token": SecretStr(SEKRIT)}, timeout=0)
