"""Where values do not fit a JSON schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError


class Fault(NamedTuple):
    """A place in a value, by names and indices from the outside in, and what is wrong there."""

    path: tuple[str | int, ...]
    message: str

    def __str__(self) -> str:
        place = ".".join(str(part) for part in self.path)
        return f"{place}: {self.message}" if place else self.message


def faults_in(values: Any, schema: Mapping[str, Any]) -> list[Fault]:
    """Everything in a value that does not fit a schema. Raises `ValueError` for a schema that is none.

    A schema that refers to one elsewhere is none: nothing is fetched.
    """
    import jsonschema_rs

    try:
        validator = jsonschema_rs.Draft202012Validator(dict(schema), retriever=_refuse)
        errors = list(validator.iter_errors(values))
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError, RecursionError) as error:
        raise ValueError(f"The schema cannot be used: {getattr(error, 'message', None) or error}") from error
    return list(dict.fromkeys(fault for error in errors for fault in _faults(error)))


def _refuse(address: str) -> Any:
    raise ValueError(f"it refers to {address}, and schemas are not fetched from elsewhere")


def _faults(error: ValidationError) -> Iterator[Fault]:
    missing = getattr(error.kind, "property", None)
    if error.kind.name == "required" and isinstance(missing, str):
        yield Fault((*error.instance_path, missing), "This property is required.")
    else:
        yield Fault(tuple(error.instance_path), error.message)
