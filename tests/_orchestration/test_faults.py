"""What is said of values that do not fit a JSON schema."""

from __future__ import annotations

import pytest

from prefect._orchestration.faults import faults_in


def test_a_schema_elsewhere_is_not_fetched() -> None:
    with pytest.raises(ValueError, match="cannot be used"):
        faults_in({}, {"$ref": "http://127.0.0.1:9/schema.json"})


def test_what_is_no_schema_is_told() -> None:
    with pytest.raises(ValueError, match="cannot be used"):
        faults_in({}, {"type": "nonsense"})


def test_every_fault_is_told_with_its_place() -> None:
    schema = {
        "type": "object",
        "required": ["a", "b"],
        "properties": {"rows": {"type": "array", "items": {"type": "integer"}}},
    }

    told = [str(fault) for fault in faults_in({"rows": [1, "x"]}, schema)]

    assert set(told) == {
        "a: This property is required.",
        "b: This property is required.",
        'rows.1: "x" is not of type "integer"',
    }
