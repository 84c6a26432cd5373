"""Values held against JSON schemas: tests of prefect-gcp."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prefect._orchestration.faults import Fault, faults_in
from prefect.exceptions import SchemaMismatch


def validate(
    obj: Mapping[str, Any], schema: Mapping[str, Any], raise_on_error: bool = False, ignore_required: bool = False
) -> list[Fault]:
    """What of a value does not fit a schema; with `ignore_required` nothing has to be there.

    With `raise_on_error` it raises `SchemaMismatch` instead. Raises `ValueError` for a schema that is none.
    """
    wanted = {name: part for name, part in schema.items() if name != "required"} if ignore_required else schema
    faults = faults_in(obj, wanted)
    if faults and raise_on_error:
        raise SchemaMismatch("; ".join(map(str, faults)))
    return faults


def is_valid(obj: Mapping[str, Any], schema: Mapping[str, Any]) -> bool:
    """Whether a value fits a schema."""
    return not validate(obj, schema)


def is_valid_schema(schema: Mapping[str, Any]) -> None:
    """Raise `ValueError` for a schema that is none."""
    faults_in({}, schema)
