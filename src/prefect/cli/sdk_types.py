"""The types and names of Python for what schemas and deployments say."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

ANY = "Any"
TYPES = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
    "object": "dict[str, Any]",
    "array": "list[Any]",
}
"""For the types of JSON those of Python."""


def python_type(schema: Any, definitions: Mapping[str, Any], inside: frozenset[str] = frozenset()) -> str:
    """The type of what fits a schema, or `Any` where it says too little; it is `inside` of these definitions."""
    if not isinstance(schema, Mapping):
        return ANY
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return ANY if name in inside else python_type(definitions.get(name), definitions, inside | {name})
    if "const" in schema or "enum" in schema:
        return _literal(schema["enum"] if "enum" in schema else [schema["const"]])
    parts = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
    if parts:
        return _union(python_type(part, definitions, inside) for part in parts) if _is_union(schema, parts) else ANY
    kind = schema.get("type")
    if isinstance(kind, Sequence) and not isinstance(kind, str):
        return _union(python_type({**schema, "type": one}, definitions, inside) for one in kind)
    if kind == "array" and "items" in schema:
        return f"list[{python_type(schema['items'], definitions, inside)}]"
    if kind == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return f"dict[str, {python_type(schema['additionalProperties'], definitions, inside)}]"
    return TYPES.get(str(kind), ANY)


def _is_union(schema: Mapping[str, Any], parts: Sequence[Any]) -> bool:
    return "allOf" not in schema or len(parts) == 1


def _literal(values: Sequence[Any]) -> str:
    """The values themselves, where Python can name them in a type."""
    plain = all(value is None or isinstance(value, (str, int, bool)) for value in values)
    return f"Literal[{', '.join(map(repr, values))}]" if plain and values else ANY


def _union(types: Iterable[str]) -> str:
    distinct = list(dict.fromkeys(types))
    return ANY if ANY in distinct else " | ".join(sorted(distinct, key=lambda type: type == "None"))


def class_name(text: str) -> str:
    """A text as the name of a class: `etl/nightly run` is EtlNightlyRun."""
    words = re.split(r"[\W_]+", text)
    return _usable("".join(word[:1].upper() + word[1:] for word in words), "Unnamed")


def argument_name(text: str) -> str:
    """A text as the name of an argument of a method."""
    return _usable(re.sub(r"\W", "_", text), "unnamed")


def _usable(name: str, otherwise: str) -> str:
    name = name or otherwise
    if not name.isidentifier():
        name = f"_{name}"
    return f"{name}_" if keyword.iskeyword(name) or name == "self" else name


def each_its_own(names: Iterable[str]) -> list[str]:
    """Names of which no two are the same; those that come again have a number."""
    taken: list[str] = []
    for name in names:
        number, free = 2, name
        while free in taken:
            number, free = number + 1, f"{name}_{number}"
        taken.append(free)
    return taken


__all__ = ["argument_name", "class_name", "each_its_own", "python_type"]
