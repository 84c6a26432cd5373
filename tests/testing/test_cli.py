"""Users' tests of commands."""

from __future__ import annotations

import pytest

from prefect.testing.cli import invoke_and_assert
from prefect.variables import Variable


def test_a_command_is_carried_out_and_looked_at() -> None:
    Variable.set("team", "blue")

    result = invoke_and_assert(
        ["variable", "get", "team"], expected_output_contains=["blue"], expected_line_count=1, echo=False
    )

    assert result.exit_code == 0
    invoke_and_assert("variable get none", expected_code=1, expected_output_contains="none", echo=False)


@pytest.mark.parametrize(
    "expectation",
    [
        {"expected_code": 3},
        {"expected_output": "red"},
        {"expected_output_contains": "red"},
        {"expected_output_does_not_contain": "blue"},
        {"expected_line_count": 7},
    ],
)
def test_what_is_not_as_expected_is_told(expectation: dict[str, object]) -> None:
    Variable.set("team", "blue")

    with pytest.raises(AssertionError, match="blue"):
        invoke_and_assert("variable get team", echo=False, **expectation)  # type: ignore[arg-type]  # one of them
