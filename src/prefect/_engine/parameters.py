"""Parameters of flow runs as JSON takes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import orjson

from prefect._domain.texts import mended
from prefect._engine.blocks import document_of
from prefect._engine.secret_parameters import MASK, is_plain_secret
from prefect.utilities.collections import visit_collection


def serialized(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Each parameter as JSON; a saved block becomes a reference, what JSON does not know `<TypeName>`."""
    return {name: _serialized(value) for name, value in parameters.items()}


def kept_for_later(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The same for runs to come.

    Raises `ValueError` for a block that was not saved, which nobody could load, and for a secret, which is not kept.
    """
    visit_collection(dict(parameters), _refused_or_kept)
    return serialized(parameters)


def _refused_or_kept(value: Any) -> Any:
    if document_of(value) is not None:
        return None  # nothing inside of it is looked at
    if hasattr(value, "_block_document_id"):
        raise ValueError(f"The block {value!r} has not been saved; save it first, so that later runs can load it.")
    if is_plain_secret(value):
        raise ValueError(
            "A secret is not kept as a parameter. Save it as a block, Secret(value=...).save('name'), and give "
            "Secret.load('name'): then a reference to it is kept, which the run's process follows."
        )
    return value


def _serialized(value: Any) -> Any:
    if isinstance(value, str):
        return mended(value)
    if value is None or isinstance(value, bool):
        return value
    if is_plain_secret(value):
        return MASK
    try:
        return orjson.loads(orjson.dumps(value, default=_known, option=orjson.OPT_NON_STR_KEYS))
    except (TypeError, ValueError, RecursionError):
        return f"<{type(value).__name__}>"


def _known(value: Any) -> Any:
    if is_plain_secret(value):
        return MASK
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=repr)
    if hasattr(type(value), "__pydantic_fields__"):
        document = document_of(value)
        return value.model_dump(mode="json") if document is None else {"$ref": {"block_document_id": document}}
    if hasattr(value, "__fspath__"):
        return str(value)
    from decimal import Decimal

    if isinstance(value, (timedelta, Decimal, bytes)):
        from pydantic_core import to_jsonable_python

        return to_jsonable_python(value)
    raise TypeError(type(value).__name__)
