"""A package's tests have a server of their own."""

from __future__ import annotations

import warnings

import pytest

from prefect import flow
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL
from prefect.testing.fixtures import hosted_api_server, use_hosted_api_server
from prefect.testing.utilities import assert_does_not_warn

__all__ = ["hosted_api_server", "use_hosted_api_server"]


@flow
def told() -> None: ...


def test_what_a_test_does_is_asked_of_the_hosted_server(use_hosted_api_server: str) -> None:
    told()

    assert PREFECT_API_URL.value() == use_hosted_api_server
    with get_client(sync_client=True) as client:
        assert [found.name for found in client.read_flows()] == ["told"]


def test_a_warning_is_an_error_where_none_may_be() -> None:
    with assert_does_not_warn(ignore_warnings=[FutureWarning]):
        warnings.warn("later", FutureWarning, stacklevel=1)
    with pytest.raises(AssertionError, match="old"), assert_does_not_warn():
        warnings.warn("old", DeprecationWarning, stacklevel=1)
