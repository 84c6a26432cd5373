"""Where values do not fit a JSON schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from prefect.utilities.text import fuzzy_match_string

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
    known = schema.get("properties") or {}
    return list(dict.fromkeys(fault for error in errors for fault in _faults(error, known)))


def _refuse(address: str) -> Any:
    raise ValueError(f"it refers to {address}, and schemas are not fetched from elsewhere")


def _faults(error: ValidationError, known: Mapping[str, Any]) -> Iterator[Fault]:
    """What one error tells; `known` are the names that the outermost value may have."""
    missing = getattr(error.kind, "property", None)
    unexpected = getattr(error.kind, "unexpected", None)
    if error.kind.name == "required" and isinstance(missing, str):
        yield Fault((*error.instance_path, missing), "This property is required.")
    elif error.kind.name == "additionalProperties" and unexpected and not error.instance_path:
        offered = f"there are {', '.join(known)}" if known else "there are none"
        for name in unexpected:
            meant = fuzzy_match_string(name, known)
            yield Fault((name,), f"There is no such name; {f'did you mean {meant!r}?' if meant else f'{offered}.'}")
    else:
        yield Fault(tuple(error.instance_path), error.message)
