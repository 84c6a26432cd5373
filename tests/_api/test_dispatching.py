"""Whose fault an error is."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from prefect._api.dispatching import Request, reply_to_error
from prefect._store.faults import FileGone
from prefect.exceptions import ParameterBindError

ASKED = Request("POST", "/flows/")


def status_of(fails: Callable[[], object]) -> int:
    """The status of the answer to a request whose operation raises."""
    try:
        fails()
    except Exception as error:  # noqa: BLE001  # that is the point
        return reply_to_error(error, ASKED, uuid4()).status
    raise AssertionError("Nothing was raised.")


def refused() -> None:
    raise ValueError("The name is taken.")


@pytest.mark.parametrize("fails", [refused, lambda: UUID("x"), lambda: 10**400 * 1.0])
def test_what_was_given_is_refused(fails: Callable[[], object]) -> None:
    assert status_of(fails) == 422


@pytest.mark.parametrize(
    "fails",
    [lambda: len(5), lambda: [].remove(1), lambda: {}["x"], lambda: int("x")],  # type: ignore
)
def test_a_mistake_in_our_own_code_is_no_fault_of_who_asks(fails: Callable[[], object]) -> None:
    assert status_of(fails) == 500


def test_a_fault_has_an_id_by_which_it_is_found_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    fault = uuid4()

    reply = reply_to_error(KeyError("SEKRIT"), ASKED, fault)

    assert str(fault) in caplog.text
    assert str(fault).encode() in reply.content
    assert b"SEKRIT" not in reply.content


def test_a_file_that_is_gone_is_no_fault_of_who_asks() -> None:
    reply = reply_to_error(FileGone("/x/prefect.db"), ASKED, uuid4())

    assert reply.status == 503
    assert b"removed or replaced" in reply.content


def test_an_error_of_ours_that_no_statement_raised_here_counts_as_said() -> None:
    assert reply_to_error(ParameterBindError("no"), ASKED, uuid4()).status == 422
