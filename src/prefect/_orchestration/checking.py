"""Checking what clients give against the JSON schemas that deployments and work pools carry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prefect._domain.hydration import Sources, hydrated, kinds_in
from prefect._store.database import Connection
from prefect._store.variables import read_variable
from prefect.exceptions import SchemaMismatch, UnusableSchema

LONGEST_TEMPLATE = 10_000
"""Characters of a template in a parameter."""


def require_fit(value: Any, schema: Mapping[str, Any], what: str) -> None:
    """Raises `SchemaMismatch` naming the place that does not fit, `UnusableSchema` for a schema that is none."""
    if not schema:
        return
    import jsonschema
    from referencing.exceptions import Unresolvable

    try:
        jsonschema.Draft202012Validator.check_schema(schema)
        errors = jsonschema.Draft202012Validator(schema).iter_errors(value)
        worst = jsonschema.exceptions.best_match(errors)
    except (jsonschema.SchemaError, Unresolvable, RecursionError) as error:
        told = getattr(error, "message", None) or str(error)
        raise UnusableSchema(f"The schema of {what} cannot be used: {told}.") from error
    if worst is not None:
        place = ".".join(str(part) for part in worst.absolute_path)
        raise SchemaMismatch(f"The {what} do not fit{f' at {place!r}' if place else ''}: {worst.message}.")


def made(conn: Connection, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters with everything in them made that says how it is. Raises `ValueError`."""
    whole: dict[str, Any] = dict(parameters)
    if not any(True for _ in kinds_in(whole)):
        return whole
    filled: dict[str, Any] = hydrated(whole, Sources(_rendered, lambda name: _variable(conn, name)))
    return filled


def _variable(conn: Connection, name: str) -> Any:
    found = read_variable(conn, name)
    if found is None:
        raise ValueError(f"there is no variable {name!r}")
    return found.value


def _rendered(template: str) -> str:
    from jinja2 import TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    if len(template) > LONGEST_TEMPLATE:
        raise ValueError(f"a template has at most {LONGEST_TEMPLATE} characters")
    try:
        return ImmutableSandboxedEnvironment().from_string(template).render()
    except (TemplateError, ArithmeticError, LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"the template does not work: {error}") from error
