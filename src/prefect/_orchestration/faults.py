"""Where values do not fit a JSON schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from jsonschema import ValidationError


class Fault(NamedTuple):
    """A place in a value, by names and indices from the outside in, and what is wrong there."""

    path: tuple[str | int, ...]
    message: str

    def __str__(self) -> str:
        place = ".".join(str(part) for part in self.path)
        return f"{place}: {self.message}" if place else self.message


def faults_in(values: Any, schema: Mapping[str, Any]) -> list[Fault]:
    """Everything in a value that does not fit a schema. Raises `ValueError` for a schema that is none."""
    import jsonschema
    from referencing.exceptions import Unresolvable

    try:
        jsonschema.Draft202012Validator.check_schema(schema)
        errors = list(jsonschema.Draft202012Validator(schema).iter_errors(values))
    except (jsonschema.SchemaError, Unresolvable, RecursionError) as error:
        raise ValueError(f"The schema cannot be used: {getattr(error, 'message', None) or error}") from error
    return list(dict.fromkeys(fault for error in errors for fault in _faults(error)))


def _faults(error: ValidationError) -> Iterator[Fault]:
    path, required, given = tuple(error.absolute_path), error.validator_value, error.instance
    if error.validator != "required" or not isinstance(required, list) or not isinstance(given, dict):
        yield Fault(path, error.message)
        return
    for name in required:
        if name not in given:
            yield Fault((*path, name), "This property is required.")
