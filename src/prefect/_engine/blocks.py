"""Blocks that the engine is given by name or by reference; only who gives one loads what blocks need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prefect.exceptions import ParameterTypeError
from prefect.utilities.asyncutils import at_once

REFERENCES = frozenset({"block_document_id", "block_document_slug"})


def load_block(reference: Any) -> Any:
    """The block that a reference means: `type-slug/name`, a document's id, or a mapping. Raises as `Block.load`."""
    from prefect.blocks.core import Block

    return at_once(Block.load_from_ref, reference)


def document_of(value: Any) -> str | None:
    """The id of the document of a block that has been saved; None of anything else."""
    document_id = getattr(value, "_block_document_id", None)
    return None if document_id is None else str(document_id)


def with_blocks(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters with the block in the place of each reference, `{"$ref": {"block_document_id": ...}}`.

    Raises `ParameterTypeError` where there is none, or it cannot be loaded.
    """
    try:
        return {name: _loaded(name, value) if _refers(value) else value for name, value in parameters.items()}
    except RecursionError as error:
        raise ParameterTypeError("A parameter holds itself, or is nested too deeply to be looked through.") from error


def _refers(value: Any) -> bool:
    """Whether there is a reference in a value, as JSON has them: in plain dictionaries and lists."""
    if type(value) is dict:
        return is_reference(value) or any(_refers(part) for part in value.values())
    return type(value) is list and any(_refers(part) for part in value)


def is_reference(value: dict[Any, Any]) -> bool:
    """Whether a dictionary stands for a block that has been saved."""
    return len(value) == 1 and isinstance(value.get("$ref"), dict) and not REFERENCES.isdisjoint(value["$ref"])


def _loaded(name: str, value: Any) -> Any:
    try:
        return _replaced(value)
    except (ValueError, RuntimeError) as error:
        raise ParameterTypeError(f"{name}: {error}") from error


def _replaced(value: Any) -> Any:
    if type(value) is dict:
        if is_reference(value):
            return load_block(value)
        return {name: _replaced(part) for name, part in value.items()}
    return [_replaced(part) for part in value] if type(value) is list else value
