"""Secrets among the parameters of a call: what is recorded of a run, and said of a mistake, does not show them.

A parameter is secret where the function declares one of pydantic's secret types, such as `SecretStr`, also within
lists, unions and models. A reference to a block says nothing of its secret, and stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from prefect._engine.blocks import is_reference
from prefect.utilities.collections import visit_collection

MASK = "**********"
SAME_VALUE = (Union, UnionType, Annotated)
"""Kinds of types whose parts speak of the same value as the whole."""


def secret_kinds(kinds: Mapping[str, Any]) -> dict[str, Any]:
    """Those of some parameters' types that have a secret in them."""
    return {name: kind for name, kind in kinds.items() if has_secret(kind)}


def has_secret(kind: Any, seen: frozenset[Any] = frozenset()) -> bool:
    """Whether values of a type are secrets, or have some in them."""
    if is_secret(kind):
        return True
    fields = _fields(kind)
    if fields and kind not in seen:
        return any(has_secret(inner, seen | {kind}) for inner in fields.values())
    return any(has_secret(inner, seen) for inner in get_args(kind))


def is_secret(kind: Any) -> bool:
    """Whether a value, or all values of a type, are secrets."""
    return hasattr(kind, "get_secret_value") or hasattr(get_origin(kind), "get_secret_value")


def is_plain_secret(value: Any) -> bool:
    """Whether a value is a secret as pydantic has them, and no block."""
    return hasattr(type(value), "get_secret_value")


def revealed(value: Any, kind: Any) -> Any:
    """What a block `Secret` holds, where the secret itself is wanted; any other value as it is."""
    wants_secret = any(is_secret(part) for part in (kind, *get_args(kind)))
    held = getattr(value, "value", None) if hasattr(value, "_block_document_id") else None
    return held.get_secret_value() if wants_secret and held is not None and is_plain_secret(held) else value


def without_secrets(parameters: Mapping[str, Any], kinds: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters with asterisks where their types say that there is a secret."""
    return {name: masked(value, kinds[name]) if name in kinds else value for name, value in parameters.items()}


def masked(value: Any, kind: Any) -> Any:
    """A value of a type without its secrets."""
    if value is None or (type(value) is dict and is_reference(value)):
        return value
    if is_secret(kind):
        return value if hasattr(value, "_block_document_id") else MASK
    fields = _fields(kind)
    if fields and isinstance(value, Mapping):
        return {name: masked(inner, fields.get(name)) for name, inner in value.items()}
    return _masked_within(value, get_origin(kind), get_args(kind))


def _masked_within(value: Any, origin: Any, parts: tuple[Any, ...]) -> Any:
    for part in parts:
        if origin in SAME_VALUE:
            value = masked(value, part)
        elif isinstance(value, Mapping):
            value = {name: masked(inner, part) for name, inner in value.items()}
        elif isinstance(value, (list, tuple, set, frozenset)):
            value = [masked(inner, part) for inner in value]
    return value


def secret_texts(parameters: Mapping[str, Any]) -> Iterator[str]:
    """The texts of the secrets that stand in some parameters."""
    found: list[Any] = []

    def seen(item: Any) -> Any:
        if is_plain_secret(item):
            found.append(item)
        return item

    visit_collection(dict(parameters), seen)
    for secret in found:
        yield from texts_of(secret)


def texts_of(secret: Any) -> Iterator[str]:
    """The texts that a secret holds."""
    held = secret.get_secret_value()
    for value in held.values() if isinstance(held, Mapping) else (held,):
        yield value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _fields(kind: Any) -> dict[str, Any]:
    """The fields of a model with their types, also under their other names."""
    fields = getattr(kind, "__pydantic_fields__", None) if isinstance(kind, type) else None
    named = {name: field.annotation for name, field in (fields or {}).items()}
    return {**named, **{field.alias: field.annotation for field in (fields or {}).values() if field.alias}}
