"""Values held against JSON schemas: forms of parameters, and tests of prefect-gcp.

A field that need not be there may be None, unless it has a default. What stands for a value that is not made
(`schema_tools.hydration`) fits everywhere; one that could not be made is told in the place of what else is wrong there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from copy import deepcopy
from typing import Any

from prefect._orchestration.faults import Fault, faults_in
from prefect._outside.hydrating import HydrationError, Placeholder
from prefect._wire.ui import SchemaValuesValidationResponse
from prefect.exceptions import SchemaMismatch

DEFINITIONS = ("definitions", "$defs")
Path = tuple[str | int, ...]


class CircularSchemaRefError(Exception):
    """Definitions of a schema refer to each other and to nothing else."""


class PlaceholderFault(Fault):
    """A value that could not be made."""


def validate(
    obj: Mapping[str, Any],
    schema: Mapping[str, Any],
    raise_on_error: bool = False,
    preprocess: bool = True,
    ignore_required: bool = False,
    allow_none_with_default: bool = False,
) -> list[Fault]:
    """What of a value does not fit a schema; with `ignore_required` nothing has to be there.

    With `raise_on_error` it raises `SchemaMismatch` instead. Raises `ValueError` for a schema that is none, and
    `CircularSchemaRefError` for one that never comes to an end.
    """
    require_end(schema)
    wanted = preprocess_schema(schema, allow_none_with_default) if preprocess else schema
    plain, unmade = _without_placeholders(obj)
    faults = faults_in(plain, _without_required(wanted) if ignore_required else wanted)
    untold = [fault for fault in faults if not any(fault.path[: len(place)] == place for place, _ in unmade)]
    told = [PlaceholderFault(place, one.message) for place, one in unmade if isinstance(one, HydrationError)]
    if raise_on_error and (told or untold):
        raise SchemaMismatch("; ".join(map(str, [*told, *untold])))
    return [*told, *untold]


def is_valid(obj: Mapping[str, Any], schema: Mapping[str, Any]) -> bool:
    """Whether a value fits a schema."""
    return not validate(obj, schema)


def is_valid_schema(schema: Mapping[str, Any], preprocess: bool = True) -> None:
    """Raise `ValueError` for a schema that is none, and `CircularSchemaRefError` for one that never comes to an end."""
    require_end(schema)
    faults_in({}, preprocess_schema(schema) if preprocess else schema)


def prioritize_placeholder_errors(errors: Sequence[Fault]) -> list[Fault]:
    """What is wrong, first what could not be made; what else is wrong in the places of these is left out."""
    unmade = [error for error in errors if isinstance(error, PlaceholderFault)]
    places = {error.path for error in unmade}
    return [*unmade, *(error for error in errors if error.path not in places)]


def build_error_obj(errors: Sequence[Fault]) -> dict[str, Any]:
    """What is wrong as forms show it: each error inside the property or the index that it is in."""
    return SchemaValuesValidationResponse.on(prioritize_placeholder_errors(errors)).model_dump()


def preprocess_schema(schema: Mapping[str, Any], allow_none_with_default: bool = False) -> Mapping[str, Any]:
    """The schema in which what need not be there may be None."""
    whole = deepcopy(dict(schema))
    for part in (whole, *_definitions(whole).values()):
        process_properties(part.get("properties", {}), part.get("required", []), allow_none_with_default)
    return whole


def process_properties(
    properties: MutableMapping[str, dict[str, Any]],
    required_fields: Sequence[str],
    allow_none_with_default: bool = False,
) -> None:
    """Let properties that are not required be None, and those inside of them, in place; one with a default need not."""
    for name, part in properties.items():
        process_properties(part.get("properties", {}), part.get("required", []), allow_none_with_default)
        has_default = "default" in part and not allow_none_with_default
        if name not in required_fields and "type" in part and not has_default:
            part["anyOf"] = [{"type": part.pop("type")}, {"type": "null"}]


def require_end(schema: Mapping[str, Any]) -> None:
    """Raise `CircularSchemaRefError` where a definition is another one, and so on, until it is itself."""
    definitions = _definitions(schema)
    for name, part in definitions.items():
        seen = [name]
        while isinstance(part, Mapping) and "$ref" in part:
            name = str(part["$ref"]).rpartition("/")[2]
            if name in seen:
                raise CircularSchemaRefError(f"The definitions {' -> '.join([*seen, name])} only refer to each other.")
            seen.append(name)
            part = definitions.get(name)


def _definitions(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {name: part for where in DEFINITIONS for name, part in schema.get(where, {}).items()}


def _without_required(schema: Any) -> Any:
    """The schema in which nothing has to be there, wherever it says so; a property may be called `required`."""
    if isinstance(schema, list):
        return [_without_required(one) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {
        name: _without_required(part)
        for name, part in schema.items()
        if name != "required" or not isinstance(part, list)
    }


def _without_placeholders(value: Any) -> tuple[Any, list[tuple[Path, Placeholder]]]:
    """A value with nothing in the place of what is not made, and where that was."""
    unmade = list(_placeholders_in(value, ()))
    return (_bare(value) if unmade else value), unmade


def _placeholders_in(value: Any, place: Path) -> Iterator[tuple[Path, Placeholder]]:
    if isinstance(value, Placeholder):
        yield place, value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield from _placeholders_in(part, (*place, name))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _placeholders_in(part, (*place, number))


def _bare(value: Any) -> Any:
    if isinstance(value, Placeholder):
        return None
    if isinstance(value, Mapping):
        return {name: _bare(part) for name, part in value.items()}
    return [_bare(part) for part in value] if isinstance(value, list) else value
