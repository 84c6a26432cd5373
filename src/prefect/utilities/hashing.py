"""Hashes that are the same in every process."""

from __future__ import annotations

from pathlib import Path
from types import CodeType
from typing import Any

import orjson

from prefect.exceptions import HashError


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
    """A hash of values: over their JSON, or their pickle where JSON does not know them.

    None where neither can be had, or `HashError` with `raise_on_failure`.
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


def _as_bytes(value: Any) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS, default=_known_to_json)
    except TypeError:
        import cloudpickle

        return cloudpickle.dumps(value)  # type: ignore[no-any-return]  # untyped library


def _known_to_json(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=repr)
    if isinstance(value, Path):
        return str(value)
    if hasattr(type(value), "__pydantic_fields__"):
        return value.model_dump(mode="json")
    raise TypeError(f"JSON does not know {type(value).__name__}")
