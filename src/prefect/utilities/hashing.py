"""Hashes that are the same in every process."""

from __future__ import annotations

import dataclasses
from math import isfinite
from pathlib import Path, PurePath
from types import CodeType
from typing import Any

import orjson

from prefect.exceptions import HashError
from prefect.utilities.collections import visit_collection


def stable_hash(*args: str | bytes) -> str:
    """A hash of texts or bytes, as 32 hexadecimal digits."""
    import hashlib

    digest = hashlib.md5(usedforsecurity=False)
    for arg in args:
        digest.update(arg.encode() if isinstance(arg, str) else arg)
    return digest.hexdigest()


def file_hash(path: str | Path) -> str:
    """A hash of a file's content."""
    return stable_hash(Path(path).read_bytes())


def code_hash(code: CodeType) -> str:
    """A hash of what a function does, wherever it stands and whichever process asks."""
    constants = [code_hash(one) if isinstance(one, CodeType) else _same_repr(one) for one in code.co_consts]
    return stable_hash(code.co_code, *code.co_names, *constants)


def _same_repr(constant: Any) -> str:
    return repr(sorted(map(repr, constant))) if isinstance(constant, frozenset) else repr(constant)


def hash_objects(*args: Any, raise_on_failure: bool = False, **kwargs: Any) -> str | None:
    """A hash of values, the same for the same values in every process.

    It is made over their JSON, in which what JSON does not know is told with its class: by its fields, attributes or
    items, else by its pickle. None where that cannot be had, or `HashError` with `raise_on_failure`.
    """
    try:
        return stable_hash(_as_bytes((args, kwargs)))
    except Exception as error:  # pickling user values may raise anything
        if raise_on_failure:
            raise HashError(
                f"No hash can be made of these values ({type(error).__name__}: {error}). Exclude the argument from the "
                "cache policy (`policy - 'argument'`), or give a cache_key_fn."
            ) from error
        return None


OPTIONS = (
    orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_SUBCLASS
)


def _as_bytes(value: Any) -> bytes:
    try:
        told = orjson.dumps(value, default=_told, option=OPTIONS)
    except TypeError as error:
        if isinstance(error.__cause__, NoHash):
            raise error.__cause__ from error
        return _pickled(value)
    return _pickled(value) if b"null" in told and _holds_no_number(value) else told


def _holds_no_number(value: Any) -> bool:
    """Whether there is a float that JSON takes for null: NaN or an infinity."""
    found = False

    def look(item: Any) -> Any:
        nonlocal found
        found = found or (isinstance(item, float) and not isfinite(item))
        return item

    visit_collection(value, look)
    return found


class NoHash(Exception):
    """A value cannot be pickled; what it raised is its cause."""


def _pickled(value: Any) -> bytes:
    import cloudpickle

    try:
        return cloudpickle.dumps(value)  # type: ignore[no-any-return]  # untyped library
    except Exception as error:
        raise NoHash(f"a {type(value).__name__} cannot be pickled: {error}") from error


def _told(value: Any) -> Any:
    """What JSON does not know, as something that it knows, with its class."""
    return {f"{type(value).__module__}.{type(value).__qualname__}": _content(value)}


SCALARS = (str, int, float, bool)
PLAIN: tuple[Any, ...] = (dict, list, tuple, str, int)


class _Ordinary:
    """What a class looks like that keeps nothing but attributes."""


def _content(value: Any) -> Any:
    kind = type(value)
    if isinstance(value, (set, frozenset)):
        if all(type(item) in SCALARS for item in value):
            return sorted(value, key=repr)
        return sorted(stable_hash(_as_bytes(item)) for item in value)
    if isinstance(value, PurePath):
        return str(value)
    if dataclasses.is_dataclass(kind):
        return {field.name: getattr(value, field.name, None) for field in dataclasses.fields(value)}
    if hasattr(kind, "__pydantic_fields__"):
        return {name: getattr(value, name) for name in kind.__pydantic_fields__} | (value.__pydantic_extra__ or {})
    for plain in PLAIN:
        if isinstance(value, plain):
            return [plain(value), getattr(value, "__dict__", {})]
    if _is_its_attributes(kind) and not _holds_no_number(vars(value)):
        return vars(value)
    return stable_hash(_pickled(value))


def _is_its_attributes(kind: type) -> bool:
    """Whether nothing but its attributes makes an object of a class: it is pickled as any object is."""
    ways = ((kind, name) for name in ("__reduce__", "__reduce_ex__", "__getstate__"))
    is_ordinary = all(getattr(kind, name, None) is getattr(object, name, None) for kind, name in ways)
    return is_ordinary and kind.__basicsize__ == _Ordinary.__basicsize__ and kind.__dictoffset__ != 0
