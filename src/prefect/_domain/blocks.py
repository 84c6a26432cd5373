"""Blocks: typed, named configuration that programs share.

A *type* says what a block is for, a *schema* which fields its documents have, a *document* is one named set of values.
What is secret in a document, its schema's `secret_fields` say: dotted paths in which `*` stands for any name or
position. A document refers to another one by `{"$ref": {"block_document_id": ...}}`, wherever in its data.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

NON_VERSIONED = "non-versioned"
OBFUSCATED = "********"
"""What stands in the place of a secret."""


@dataclass(frozen=True, slots=True)
class BlockType:
    id: UUID
    name: str
    slug: str
    logo_url: str | None = None
    documentation_url: str | None = None
    description: str | None = None
    code_example: str | None = None
    is_protected: bool = False
    created: datetime | None = None
    updated: datetime | None = None


@dataclass(frozen=True, slots=True)
class BlockSchema:
    id: UUID
    block_type_id: UUID
    checksum: str
    fields: dict[str, Any]
    capabilities: list[str] = field(default_factory=list)
    version: str = NON_VERSIONED
    created: datetime | None = None
    updated: datetime | None = None


@dataclass(frozen=True, slots=True)
class BlockDocument:
    """A document as read: where its data referred to another document, that one's data stands; so do `references`."""

    id: UUID
    name: str | None
    data: dict[str, Any]
    block_type: BlockType
    block_schema: BlockSchema
    is_anonymous: bool = False
    references: Mapping[str, BlockDocument] = field(default_factory=dict)
    """The documents that it refers to, by the path of the place."""
    created: datetime | None = None
    updated: datetime | None = None


# -- names ------------------------------------------------------------------------------------------------------------

DOCUMENT_NAME = re.compile(r"[a-z0-9-]+")


def checked_document_name(name: str) -> str:
    """The name, if it may name a document. Raises `ValueError`."""
    if not isinstance(name, str) or not DOCUMENT_NAME.fullmatch(name):
        raise ValueError(f"A block's name holds lowercase letters, digits and dashes; {name!r} does not fit.")
    return name


def slug_of(name: str) -> str:
    """A type's name as addresses hold it: `Local File System` is `local-file-system`. Raises `ValueError`."""
    folded = unicodedata.normalize("NFKD", name).lower()
    letters = "".join(letter for letter in folded if not unicodedata.combining(letter))
    slug = re.sub(r"[\W_]+", "-", letters).strip("-")
    if not slug:
        raise ValueError(f"A block type's name holds a letter or a digit at least; {name!r} does not.")
    return slug


def checksum_of(slug: str, fields: Mapping[str, Any]) -> str:
    """What tells two schemas of a type apart: a hash of their fields."""
    text = json.dumps({**fields, "block_type_slug": slug}, sort_keys=True, separators=(",", ":"), default=str)
    return f"sha256:{sha256(text.encode()).hexdigest()}"


# -- secrets ----------------------------------------------------------------------------------------------------------


def obfuscated(data: dict[str, Any], schema: BlockSchema) -> dict[str, Any]:
    """The data without its secrets."""
    for path in schema.fields.get("secret_fields") or ():
        data = _hidden(data, path)
    return data


def _hidden(value: Any, path: str) -> Any:
    """The value with what lies at the path hidden; what is not of the shape that the path tells is hidden whole."""
    if value is None:
        return None
    if path and isinstance(value, Mapping):
        return {
            name: held if (rest := _below(name, path)) is None else _hidden(held, rest) for name, held in value.items()
        }
    if path and isinstance(value, list):
        rest = path[1:].removeprefix(".") if path[0] == "*" else path
        return [_hidden(item, rest) for item in value]
    return OBFUSCATED


def _below(name: str, path: str) -> str | None:
    """What is left of a path below a name; None where it leads elsewhere."""
    for first in (name, "*"):
        if path == first:
            return ""
        if path.startswith(f"{first}."):
            return path[len(first) + 1 :]
    return None


def merged(held: Mapping[str, Any], given: Mapping[str, Any], schema: BlockSchema, *, whole: bool) -> dict[str, Any]:
    """New data of a document; a secret that was given back as it is shown stays what it was.

    With `whole` the data given is everything, else fields that were not given stay.
    """
    shown = obfuscated(dict(held), schema)
    kept = {name: _unhidden(value, held.get(name), shown.get(name)) for name, value in given.items()}
    return kept if whole else {**held, **kept}


def _unhidden(given: Any, held: Any, shown: Any) -> Any:
    if given == shown == OBFUSCATED:
        return held
    if isinstance(given, Mapping) and isinstance(held, Mapping) and isinstance(shown, Mapping):
        return {name: _unhidden(value, held.get(name), shown.get(name)) for name, value in given.items()}
    if isinstance(given, list) and isinstance(held, list) and isinstance(shown, list) and len(given) == len(held):
        return [_unhidden(*three) for three in zip(given, held, shown)]
    return given


# -- references -------------------------------------------------------------------------------------------------------


def reference_to(document_id: UUID) -> dict[str, Any]:
    """What stands in data for another document."""
    return {"$ref": {"block_document_id": str(document_id)}}


def references_in(data: Any, path: str = "") -> Iterator[tuple[str, UUID]]:
    """The documents that data refers to, each with the path of the place."""
    referred = referred_id(data)
    if referred is not None:
        yield path, referred
        return
    for name, value in _parts(data):
        yield from references_in(value, _joined(path, name))


def referred_id(value: Any) -> UUID | None:
    """The id of the document that a value refers to, if it is a reference."""
    if not isinstance(value, Mapping) or value.keys() != {"$ref"}:
        return None
    told = value["$ref"]
    try:
        return UUID(str(told["block_document_id"] if isinstance(told, Mapping) else told))
    except (KeyError, ValueError):
        return None


def replaced(data: Any, others: Mapping[str, Any], path: str = "") -> Any:
    """The data with other values at some paths."""
    if path in others:
        return others[path]
    if isinstance(data, Mapping):
        return {name: replaced(value, others, _joined(path, name)) for name, value in data.items()}
    if isinstance(data, list):
        return [replaced(value, others, _joined(path, position)) for position, value in enumerate(data)]
    return data


def at_path(data: Any, path: str) -> Any:
    """What lies at a path, None where nothing does."""
    for name, value in _parts(data):
        if str(name) == path:
            return value
        if path.startswith(f"{name}."):
            return at_path(value, path[len(str(name)) + 1 :])
    return None


def _parts(data: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(data, Mapping):
        yield from data.items()
    elif isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        yield from enumerate(data)


def _joined(path: str, name: object) -> str:
    return f"{path}.{name}" if path else str(name)
