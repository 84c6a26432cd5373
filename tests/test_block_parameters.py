"""Blocks as parameters of flows: recorded as references, and loaded from them before the flow is called."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from prefect import flow
from prefect._engine.recorders import recorder
from prefect._orchestration.deployments import read_by_name
from prefect.blocks.core import Block
from prefect.deployments import Deployment
from prefect.exceptions import ParameterTypeError
from tests.recorded import the_flow_run


class Account(Block):
    user: str
    password: SecretStr


def an_account() -> Account:
    return Account(user="me", password=SecretStr("SEKRIT"))


def reference(account: Account, name: str = "mine") -> dict[str, Any]:
    return {"$ref": {"block_document_id": str(account.save(name))}}


@flow
def takes(account: Account, number: int = 1) -> tuple[str, str]:
    return account.user, account.password.get_secret_value()


@flow
def takes_anything(value):  # type: ignore[no-untyped-def]  # that is the point
    return value


def test_a_saved_block_is_recorded_as_a_reference() -> None:
    account = an_account()
    told = reference(account)

    takes(account)

    assert the_flow_run().parameters == {"account": told, "number": 1}


def test_a_block_that_was_not_saved_is_recorded_without_its_secrets() -> None:
    takes(an_account())

    assert the_flow_run().parameters["account"]["user"] == "me"
    assert "SEKRIT" not in str(the_flow_run().parameters)


@pytest.mark.parametrize("validate", [True, False])
def test_a_reference_becomes_the_block(validate: bool) -> None:
    told = reference(an_account())

    loaded = takes.with_options(validate_parameters=validate)
    assert loaded(told) == ("me", "SEKRIT")  # type: ignore[call-overload]  # that is the point


def test_references_are_found_inside_of_lists_and_dictionaries() -> None:
    told = reference(an_account())

    found = takes_anything({"all": [told, {"$ref": {"block_document_slug": "account/mine"}}], "x": {"$ref": "#/x"}})

    assert [block.user for block in found["all"]] == ["me", "me"]
    assert found["x"] == {"$ref": "#/x"}


def test_what_holds_no_reference_is_passed_on_as_it_is() -> None:
    value: dict[str, Any] = {"deep": [{"a": [1]}]}

    assert takes_anything(value) is value


def test_a_reference_to_nothing_fails_the_run_with_its_parameter() -> None:
    told = reference(an_account())
    Account.delete("mine")

    with pytest.raises(ParameterTypeError, match="account: There is no block document"):
        takes(told)  # type: ignore[call-overload]  # that is the point
    state = the_flow_run().state
    assert state is not None
    assert state.is_failed()
    assert "Validation of flow parameters failed" in str(state.message)


def test_a_deployment_keeps_references() -> None:
    account = an_account()
    with pytest.raises(ValueError, match="has not been saved"):
        Deployment.build_from_flow(takes, "early", parameters={"account": account}, apply=True)
    told = reference(account)

    Deployment.build_from_flow(takes, "nightly", parameters={"account": account, "number": 2}).apply()

    found = read_by_name(recorder().db, "takes", "nightly")
    assert found is not None
    assert found.deployment.parameters == {"account": told, "number": 2}


def test_the_schema_of_a_flow_says_of_which_type_a_block_is() -> None:
    assert takes.parameters.definitions["Account"]["block_type_slug"] == "account"
