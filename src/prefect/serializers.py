"""How results are turned into bytes and back: pickle, JSON, and either of them compressed."""

from __future__ import annotations

import base64
import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from prefect._engine import pickling
from prefect.exceptions import SerializationError


class Serializer:
    """Turns values into bytes and back.

    A subclass names its `type` and is then known by it: `Serializer(type="pickle")`, or `result_serializer="pickle"`.
    """

    type: ClassVar[str] = ""
    known: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if isinstance(cls.__dict__.get("type"), str):
            Serializer.known[cls.type] = cls

    def __new__(cls, *args: Any, **kwargs: Any) -> Serializer:
        if cls is Serializer:
            return resolve_serializer(kwargs.get("type"))
        return super().__new__(cls)

    def dumps(self, obj: Any) -> bytes:
        """The value as bytes. Raises `SerializationError`."""
        raise NotImplementedError

    def loads(self, blob: bytes) -> Any:
        """The value of bytes that `dumps` made. Raises `SerializationError`."""
        raise NotImplementedError

    def model_dump(self, **_: Any) -> dict[str, Any]:
        """What must be known to read the bytes again."""
        return {"type": self.type}

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(self.type)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class PickleSerializer(Serializer):
    """Pickles values, and with cloudpickle also lambdas and classes of scripts; bytes are base64."""

    type = "pickle"

    def __init__(self, picklelib: str = "cloudpickle", picklelib_version: str | None = None, **_: Any) -> None:
        self.picklelib = picklelib
        self.picklelib_version = picklelib_version

    def dumps(self, obj: Any) -> bytes:
        try:
            return base64.encodebytes(_pickles(self.picklelib).dumps(obj))
        except Exception as error:
            raise SerializationError(
                f"A {type(obj).__name__} cannot be pickled: {str(error) or type(error).__name__}"
            ) from error

    def loads(self, blob: bytes) -> Any:
        try:
            return _pickles(self.picklelib).loads(base64.decodebytes(blob))
        except Exception as error:
            raise SerializationError(f"The pickle cannot be read: {type(error).__name__}: {error}") from error

    def model_dump(self, **_: Any) -> dict[str, Any]:
        version = self.picklelib_version or getattr(_library(self.picklelib), "__version__", None)
        return {"type": self.type, "picklelib": self.picklelib, "picklelib_version": version}


def _pickles(name: str) -> Any:
    """The library that pickles; cloudpickle with what it lacks for classes of the main program."""
    return pickling if name == "cloudpickle" else _library(name)


def _library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise SerializationError(f"The library {name!r} cannot be imported: pip install {name}.") from error


CLASS, VALUE = "__class__", "data"


def prefect_json_object_encoder(obj: Any) -> Any:
    """What JSON does not know as a dict that names its class."""
    if isinstance(obj, BaseException):
        return {"__exc_type__": _name_of(type(obj)), "message": str(obj)}
    if hasattr(type(obj), "__pydantic_fields__"):
        return {CLASS: _name_of(type(obj)), VALUE: obj.model_dump(mode="json")}
    from pydantic_core import to_jsonable_python

    return {CLASS: _name_of(type(obj)), VALUE: to_jsonable_python(obj)}


def prefect_json_object_decoder(result: dict[str, Any]) -> Any:
    """The object of such a dict; other dicts stay as they are.

    Only classes make objects, and only those of modules that this program knows: data imports nothing, and calls
    nothing. Raises `SerializationError`.
    """
    if CLASS in result and VALUE in result:
        from pydantic import TypeAdapter

        return TypeAdapter(_class_named(result[CLASS], object)).validate_python(result[VALUE])
    if "__exc_type__" in result:
        return _class_named(result["__exc_type__"], BaseException)(result["message"])
    return result


HARMLESS = frozenset(
    {"builtins", "collections", "datetime", "decimal", "enum", "fractions", "ipaddress", "pathlib", "uuid", "zoneinfo"}
)
"""Modules of values, which may be imported where data names one of their classes."""


def _class_named(name: Any, kind: type) -> Any:
    module, _, attribute = str(name).rpartition(".")
    is_known = module.partition(".")[0] in sys.modules or pickling.module_named(module) is not None
    if not is_known and module not in HARMLESS:
        raise SerializationError(
            f"The result is a {name}, which this program does not know. Import {module or 'its module'} first."
        )
    found = getattr(pickling.module_named(module) or importlib.import_module(module), attribute)
    if not (isinstance(found, type) and issubclass(found, kind)):
        raise SerializationError(f"The result names {name!r}, which is no class that a result may have.")
    return found


def _name_of(cls: type) -> str:
    return f"{pickling.name_elsewhere(cls.__module__)}.{cls.__qualname__}"


def _named(name: str) -> Any:
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


class JSONSerializer(Serializer):
    """JSON, with pydantic models and other known types kept."""

    type = "json"

    def __init__(
        self,
        jsonlib: str = "json",
        object_encoder: str | None = "prefect.serializers.prefect_json_object_encoder",
        object_decoder: str | None = "prefect.serializers.prefect_json_object_decoder",
        dumps_kwargs: Mapping[str, Any] | None = None,
        loads_kwargs: Mapping[str, Any] | None = None,
        **_: Any,
    ) -> None:
        _forbid(dumps_kwargs, "default", "object_encoder")
        _forbid(loads_kwargs, "object_hook", "object_decoder")
        self.jsonlib = jsonlib
        self.object_encoder = object_encoder
        self.object_decoder = object_decoder
        self.dumps_kwargs = dict(dumps_kwargs or {})
        self.loads_kwargs = dict(loads_kwargs or {})

    def dumps(self, obj: Any) -> bytes:
        options = dict(self.dumps_kwargs)
        if self.object_encoder:
            options["default"] = _named(self.object_encoder)
        try:
            written = _library(self.jsonlib).dumps(obj, **options)
        except Exception as error:
            raise SerializationError(f"A {type(obj).__name__} cannot be written as JSON: {error}") from error
        return written.encode() if isinstance(written, str) else written

    def loads(self, blob: bytes) -> Any:
        options = dict(self.loads_kwargs)
        if self.object_decoder:
            options["object_hook"] = _named(self.object_decoder)
        try:
            return _library(self.jsonlib).loads(blob.decode(), **options)
        except Exception as error:
            raise SerializationError(f"The JSON cannot be read: {error}") from error

    def model_dump(self, **_: Any) -> dict[str, Any]:
        return {"type": self.type, **vars(self)}


def _forbid(given: Mapping[str, Any] | None, name: str, instead: str) -> None:
    if given and name in given:
        raise ValueError(f"{name!r} cannot be given; set `{instead}` instead.")


class CompressedSerializer(Serializer):
    """Another serializer's bytes, compressed."""

    type = "compressed"
    inner: ClassVar[str | None] = None

    def __init__(self, serializer: Any = None, compressionlib: str = "lzma", **_: Any) -> None:
        self.serializer = resolve_serializer(serializer or self.inner or "pickle")
        self.compressionlib = compressionlib

    def dumps(self, obj: Any) -> bytes:
        return base64.encodebytes(_library(self.compressionlib).compress(self.serializer.dumps(obj)))

    def loads(self, blob: bytes) -> Any:
        try:
            plain = _library(self.compressionlib).decompress(base64.decodebytes(blob))
        except Exception as error:
            raise SerializationError(f"The compressed result cannot be read: {error}") from error
        return self.serializer.loads(plain)

    def model_dump(self, **_: Any) -> dict[str, Any]:
        return {"type": self.type, "compressionlib": self.compressionlib, "serializer": self.serializer.model_dump()}


class CompressedPickleSerializer(CompressedSerializer):
    """Pickle, compressed."""

    type = "compressed/pickle"
    inner = "pickle"


class CompressedJSONSerializer(CompressedSerializer):
    """JSON, compressed."""

    type = "compressed/json"
    inner = "json"


def resolve_serializer(serializer: Any) -> Serializer:
    """The serializer itself, the one of a name, or the one of a dict that `model_dump` made.

    Raises `ValueError` for a name that is not known.
    """
    if isinstance(serializer, Serializer):
        return serializer
    if isinstance(serializer, Mapping):
        rest = {name: value for name, value in serializer.items() if name != "type"}
        return _class_of(serializer["type"])(**rest)
    return _class_of(serializer)()


def _class_of(name: Any) -> Callable[..., Serializer]:
    known = Serializer.known.get(name)
    if known is None:
        raise ValueError(f"There is no serializer {name!r}. The known ones are: {', '.join(sorted(Serializer.known))}.")
    return known  # type: ignore[no-any-return]  # the classes are known by their names


__all__ = [
    "CompressedJSONSerializer",
    "CompressedPickleSerializer",
    "CompressedSerializer",
    "JSONSerializer",
    "PickleSerializer",
    "Serializer",
    "prefect_json_object_decoder",
    "prefect_json_object_encoder",
    "resolve_serializer",
]
