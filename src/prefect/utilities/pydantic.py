"""Small tools for pydantic models that programs import from here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Literal, TypeVar

import jsonpatch
import pydantic
from pydantic_core import core_schema

from prefect.utilities.dispatch import get_dispatch_key, keep_registry, lookup_type, register_base_type

M = TypeVar("M", bound=pydantic.BaseModel)
T = TypeVar("T")


def parse_obj_as(type_: type[T], data: Any, mode: Literal["python", "json", "strings"] = "python") -> T:
    """A value in a type, checked by pydantic; `mode` says what it is given as."""
    adapter = pydantic.TypeAdapter(type_)
    checks: dict[str, Callable[[Any], T]] = {
        "python": adapter.validate_python,
        "json": adapter.validate_json,
        "strings": adapter.validate_strings,
    }
    return checks[mode](data)


def get_class_fields_only(model: type[pydantic.BaseModel]) -> set[str]:
    """The fields that a model declares itself, without those of its bases."""
    inherited = {name for base in model.__mro__[1:] for name in getattr(base, "__annotations__", {})}
    return {name for name in model.__annotations__ if name in model.model_fields} - inherited


class PartialModel(Generic[M]):
    """The fields of a model that come one by one; `finalize` makes the model of them.

    Raises `ValueError` for a field that is given twice, or that the model has not.
    """

    def __init__(self, __model_cls: type[M], **kwargs: Any) -> None:
        self.model_cls = __model_cls
        self.fields_set: dict[str, Any] = {}
        for name, value in kwargs.items():
            setattr(self, name, value)

    def finalize(self, **kwargs: Any) -> M:
        """The model of all fields. Raises pydantic's `ValidationError`."""
        for name in kwargs:
            self.raise_if_already_set(name)
            self.raise_if_not_in_model(name)
        return self.model_cls(**self.fields_set, **kwargs)

    def raise_if_already_set(self, name: str) -> None:
        if name in self.fields_set:
            raise ValueError(f"Field {name!r} has already been set.")

    def raise_if_not_in_model(self, name: str) -> None:
        if name not in self.model_cls.model_fields:
            raise ValueError(f"Field {name!r} is not present in the model.")

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("model_cls", "fields_set"):
            object.__setattr__(self, name, value)
            return
        self.raise_if_already_set(name)
        self.raise_if_not_in_model(name)
        self.fields_set[name] = value

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self.fields_set.items())
        return f"PartialModel({self.model_cls.__name__}{', ' if fields else ''}{fields})"


class JsonPatch(jsonpatch.JsonPatch):
    """A JSON patch (RFC 6902) as the field of a model: a list of operations, or a patch."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> core_schema.CoreSchema:
        made = core_schema.no_info_after_validator_function(cls, _OPERATIONS)
        written = core_schema.plain_serializer_function_ser_schema(lambda patch: patch.patch)
        patch = core_schema.union_schema([core_schema.is_instance_schema(cls), made])
        return core_schema.json_or_python_schema(json_schema=made, python_schema=patch, serialization=written)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: core_schema.CoreSchema, handler: Any) -> dict[str, Any]:
        return {**handler(_OPERATIONS), "format": "rfc6902"}


_OPERATIONS = core_schema.list_schema(core_schema.dict_schema(core_schema.str_schema(), core_schema.any_schema()))


def add_cloudpickle_reduction(__model_cls: type[M] | None = None, **kwargs: Any) -> Any:
    """Pickle a model's instances by cloudpickle, wherever they are inside of another pickle. A decorator of classes."""
    import cloudpickle

    def decorated(model: type[M]) -> type[M]:
        def reduced(self: M) -> Any:
            return _unpickled, (cloudpickle.dumps(type(self)), self.__getstate__())

        model.__reduce__ = reduced  # type: ignore[assignment,method-assign]  # the instance's own way of being pickled
        return model

    return decorated if __model_cls is None else decorated(__model_cls)


def _unpickled(model: bytes, state: Any) -> Any:
    import pickle

    kind = pickle.loads(model)
    made = kind.__new__(kind)
    made.__setstate__(state)
    return made


def add_type_dispatch(model_cls: type[M]) -> type[M]:
    """Have calls of a model make the one below it that `type` names: `Animal(type="dog")` is a `Dog`.

    A decorator of base classes. The key of each class below is the default of its field `type`. Raises `ValueError` for
    a base that has no such field, or a `__dispatch_key__` of its own beside it, and for a type that no class has.
    """
    if "type" not in model_cls.model_fields:
        raise ValueError(f"The model {model_cls.__name__!r} has no field `type`, by which those below it are found.")
    if hasattr(model_cls, "__dispatch_key__"):
        raise ValueError(f"The model {model_cls.__name__!r} has a field `type` and a `__dispatch_key__`: keep one.")
    below: dict[str, Any] = {}
    keep_registry(model_cls, below)
    extended = model_cls.__pydantic_init_subclass__

    def made(cls: type[M], *_: Any, type: str | None = None, **__: Any) -> M:
        if cls is not model_cls or type is None or type == cls.model_fields["type"].default:
            return object.__new__(cls)
        if type not in below:
            raise ValueError(f"No {cls.__name__} has the type {type!r}; there are {', '.join(below) or 'none'}.")
        kind: M = object.__new__(below[type])
        return kind

    def registered(cls: type[M], /, **kwargs: Any) -> None:
        extended(**kwargs)
        below[cls.model_fields["type"].default] = cls

    model_cls.__new__ = made  # type: ignore[method-assign,assignment]
    model_cls.__dispatch_key__ = classmethod(lambda cls: cls.model_fields["type"].default)  # type: ignore[attr-defined]
    model_cls.__pydantic_init_subclass__ = classmethod(registered)  # type: ignore[method-assign,assignment]
    return model_cls


def custom_pydantic_encoder(type_encoders: dict[Any, Callable[[Any], Any]], obj: Any) -> Any:
    """What JSON takes in the place of an object: by the encoder of its type, else as pydantic has it."""
    for kind in type(obj).__mro__[:-1]:
        if kind in type_encoders:
            return type_encoders[kind](obj)
    return (
        obj.model_dump(mode="json")
        if isinstance(obj, pydantic.BaseModel)
        else pydantic.TypeAdapter(Any).dump_python(obj, mode="json")
    )


def handle_secret_render(value: object, context: dict[str, Any]) -> object:
    """A secret as it is or as asterisks, as the context's `include_secrets` says."""
    if hasattr(value, "get_secret_value"):
        return value.get_secret_value() if context.get("include_secrets") else "*" * 8
    return value


__all__ = [
    "JsonPatch",
    "PartialModel",
    "add_cloudpickle_reduction",
    "add_type_dispatch",
    "custom_pydantic_encoder",
    "get_class_fields_only",
    "get_dispatch_key",
    "handle_secret_render",
    "lookup_type",
    "parse_obj_as",
    "register_base_type",
]
