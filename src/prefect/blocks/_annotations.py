"""What the annotations of a block's fields tell: which hold secrets, which hold other blocks."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

from pydantic import BaseModel, Secret, SecretBytes, SecretStr
from pydantic.fields import FieldInfo
from typing_extensions import is_typeddict

SECRETS = (SecretStr, SecretBytes, Secret)


class Place(NamedTuple):
    """Where something lies in a block's data; a place is a guess below a model that holds itself."""

    path: str
    is_guess: bool = False


def secret_paths(model: type[BaseModel]) -> list[str]:
    """The places of secrets, dotted, with `*` for any name or position.

    What lies deeper in a model that holds itself is taken for secret as a whole, if the model holds secrets.
    """
    places = set(_places_in_fields(_fields_of(model), "", (model,)))
    return sorted(place.path for place in places) if any(not place.is_guess for place in places) else []


def _places_in_fields(fields: Mapping[str, Any], path: str, above: tuple[Any, ...]) -> Iterator[Place]:
    for name, annotation in fields.items():
        yield from _places(annotation, f"{path}.{name}" if path else name, above)


def _places(annotation: Any, path: str, above: tuple[Any, ...]) -> Iterator[Place]:
    kind, inner = get_origin(annotation) or annotation, get_args(annotation)
    if _is_a(kind, SECRETS):
        yield Place(f"{path}.*" if inner and _is_a(get_origin(inner[0]) or inner[0], Mapping) else path)
    elif (fields := _fields_of(kind)) and kind not in above:
        yield from _places_in_fields(fields, path, (*above, kind))
    elif fields:
        yield Place(path, is_guess=True)
    elif _is_a(kind, Collection):
        for item in inner[-1:] if _is_a(kind, Mapping) else inner:
            yield from _places(item, f"{path}.*", above)
    else:
        for part in inner or _meant_by(annotation):
            yield from _places(part, path, above)


def blocks_in(annotation: Any, root: type[Any]) -> list[type[Any]]:
    """The subclasses of `root` that a field of this annotation may hold."""
    if _is_a(annotation, root):
        return [annotation]
    parts = get_args(annotation) or _meant_by(annotation)
    return list(dict.fromkeys(block for part in parts for block in blocks_in(part, root)))


def name_in_data(name: str, field: FieldInfo) -> str:
    """The name of a model's field in its data."""
    return field.serialization_alias or field.alias or name


def _fields_of(kind: Any) -> dict[str, Any]:
    """The fields of a model, a dataclass or a typed dictionary, with their annotations; of anything else none."""
    if _is_a(kind, BaseModel):
        return {name_in_data(name, field): field.annotation for name, field in kind.model_fields.items()}
    if isinstance(kind, type) and (dataclasses.is_dataclass(kind) or is_typeddict(kind)):
        return get_type_hints(kind)
    return {}


def _meant_by(annotation: Any) -> tuple[Any, ...]:
    """What a named alias stands for."""
    meant = getattr(annotation, "__value__", None)
    return () if meant is None else (meant,)


def _is_a(kind: Any, classes: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, classes)
