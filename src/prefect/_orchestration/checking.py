"""Checking what clients give against the JSON schemas of deployments and work pools, and making what they describe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prefect._domain.hydration import Sources, hydrated, kinds_in
from prefect._orchestration.faults import faults_in
from prefect._orchestration.templates import render
from prefect._store.connection import Connection
from prefect._store.variables import read_variable
from prefect.exceptions import SchemaMismatch

MOST_TOLD = 5
BLOCK_REFERENCE = {"properties": {"$ref": {"type": ["string", "object"]}}}
"""How parameters name a block that is saved."""
PARAMETERS = "Parameters"
"""The title of the schema of a flow's parameters: it names them all."""


def require_defaults_fit(given: Mapping[str, Any], schema: Mapping[str, Any], what: str) -> None:
    """As `require_fit` for a part of what a run is given: the rest comes later, and so does what is yet to be made."""
    ready = {name: value for name, value in given.items() if not any(True for _ in kinds_in({name: value}))}
    require_fit(ready, {name: value for name, value in schema.items() if name != "required"}, what)


def require_fit(value: Any, schema: Mapping[str, Any], what: str) -> None:
    """Raises `SchemaMismatch` saying what does not fit and where, `ValueError` for a schema that is none."""
    if not schema:
        return
    try:
        faults = faults_in(value, _usable(schema))
    except ValueError as error:
        raise ValueError(f"The {what} cannot be checked. {error}") from error
    if faults:
        raise SchemaMismatch(f"The {what} do not fit: {'; '.join(str(fault) for fault in faults[:MOST_TOLD])}")


def _usable(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema as it is meant: whole, with nothing beyond a flow's parameters, and with all ways to write a value.

    Deployments that were recorded by earlier versions have their definitions elsewhere than their references say.
    """
    usable: dict[str, Any] = _with_other_spellings(schema)
    if "definitions" in usable:
        usable.setdefault("$defs", usable["definitions"])
    if schema.get("title") == PARAMETERS:
        usable.setdefault("additionalProperties", False)
    return usable


def _with_other_spellings(schema: Any) -> Any:
    """The schema where a block may also be a reference to one, and a duration also a number of seconds."""
    if isinstance(schema, list):
        return [_with_other_spellings(one) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    inner = {name: _with_other_spellings(held) for name, held in schema.items()}
    if schema.get("format") == "duration" and schema.get("type") == "string":
        return {**inner, "type": ["string", "number"]}
    if isinstance(schema.get("block_type_slug"), str):
        return {"if": {"required": ["$ref"]}, "then": BLOCK_REFERENCE, "else": inner}
    return inner


def made(conn: Connection, given: Mapping[str, Any], what: str = "parameters") -> dict[str, Any]:
    """What was given, with everything in it made that says how it is. Raises `ValueError`."""
    whole: dict[str, Any] = dict(given)
    if not any(True for _ in kinds_in(whole)):
        return whole
    filled: dict[str, Any] = hydrated(whole, Sources(render, lambda name: _variable(conn, name)), what)
    return filled


def _variable(conn: Connection, name: str) -> Any:
    found = read_variable(conn, name)
    if found is None:
        raise ValueError(f"there is no variable {name!r}")
    return found.value
