"""Checking and coercing a call's parameters against the function's annotations, and describing them as JSON schema."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from prefect._engine.docstrings import described_parameters
from prefect._engine.secret_parameters import revealed, secret_kinds
from prefect.exceptions import ParameterTypeError

if TYPE_CHECKING:
    from prefect._wire.json_schema import ParameterSchema


class ParameterModel:
    """What pydantic makes of a function's parameters; made when the first call asks for it."""

    def __init__(self, fn: Callable[..., Any], signature: inspect.Signature) -> None:
        import pydantic

        self._fn = fn
        self._signature = signature
        self._names = tuple(signature.parameters)
        kinds = annotations_of(fn, signature)
        self._secrets = secret_kinds(kinds)
        fields: dict[str, Any] = {
            f"field_{number}": _field(kinds[name], parameter)
            for number, (name, parameter) in enumerate(signature.parameters.items())
        }
        config = pydantic.ConfigDict(arbitrary_types_allowed=True, title="Parameters")
        self.model = pydantic.create_model("Parameters", __config__=config, **fields)
        if not self.model.__pydantic_complete__:
            known: dict[str, Any] = {
                f"field_{number}": _field(kinds[name] if _is_known(kinds[name]) else Any, parameter)
                for number, (name, parameter) in enumerate(signature.parameters.items())
            }
            self.model = pydantic.create_model("Parameters", __config__=config, **known)

    def coerced(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters in the types that the function declares. Raises `ParameterTypeError`."""
        import pydantic

        unknown = [name for name in parameters if name not in self._names]
        if unknown:
            raise ParameterTypeError(f"{unknown[0]}: there is no such parameter; expected {list(self._names)}")
        try:
            model = self.model.model_validate(self._revealed(parameters))
        except pydantic.ValidationError as error:
            if self._secrets:
                raise ParameterTypeError(_complaint(error, self._secrets)) from None
            raise ParameterTypeError(_complaint(error)) from error
        return {name: getattr(model, f"field_{number}") for number, name in enumerate(self._names)}

    def _revealed(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: revealed(value, self._secrets.get(name))
            for name, value in parameters.items()
            if not is_field(value) or value is not self._signature.parameters[name].default
        }

    def schema(self) -> ParameterSchema:
        """The parameters as JSON schema; a type that JSON does not know says nothing."""
        from prefect._wire.json_schema import LenientSchema, ParameterSchema

        made = self.model.model_json_schema(ref_template="#/definitions/{model}", schema_generator=LenientSchema)
        texts = described_parameters(getattr(self._fn, "__doc__", None))
        properties = made.get("properties", {})
        told = {
            name: {
                **({"description": texts[name]} if name in texts else {}),
                **properties.get(name, {}),
                "title": name,
                "position": position,
            }
            for position, name in enumerate(self._names_to_give())
        }
        return ParameterSchema(
            properties=told,
            required=[name for name in made.get("required", []) if name in told],
            definitions=made.get("$defs", {}),
        )

    def _names_to_give(self) -> tuple[str, ...]:
        """All names but that of the instance, where the function is a method that no instance was asked for."""
        names = self._names
        of_class = "." in getattr(self._fn, "__qualname__", "").rpartition("<locals>.")[2]
        return names[1:] if of_class and names[:1] == ("self",) else names


PLAIN = (bool, int, float, str)
"""Types of which a value that has the very type is what a model would make of it."""
NAMES_OF_PLAIN = {kind.__name__: kind for kind in PLAIN}


def are_plain(fn: Callable[..., Any], signature: inspect.Signature, given: Mapping[str, Any]) -> bool:
    """Whether all parameters are given, each in the very type that it has: then no model needs to be made for them."""
    names = getattr(fn, "__globals__", {})
    return given.keys() == signature.parameters.keys() and all(
        _is_plain(parameter, names, given[name]) for name, parameter in signature.parameters.items()
    )


def _is_plain(parameter: inspect.Parameter, names: Mapping[str, Any], value: Any) -> bool:
    kind = parameter.annotation
    if isinstance(kind, str) and kind not in names:
        kind = NAMES_OF_PLAIN.get(kind)
    if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD) or is_field(parameter.default):
        return False
    if isinstance(value, str) and not value.isascii():  # in which a model looks for halves of characters
        return False
    return kind is parameter.empty or (kind in PLAIN and type(value) is kind)


def annotations_of(fn: Callable[..., Any], signature: inspect.Signature) -> dict[str, Any]:
    """The types that a function declares for its parameters, `Any` where it says nothing."""
    return {name: _annotation(fn, parameter) for name, parameter in signature.parameters.items()}


def _is_known(kind: Any) -> bool:
    """Whether everything that a type names is there; a name may be hidden in a function, or from all but checkers."""
    import pydantic

    try:
        return bool(pydantic.TypeAdapter(kind, config={"arbitrary_types_allowed": True}).pydantic_complete)
    except pydantic.PydanticUserError as error:
        return error.code == "type-adapter-config-unused"
    except (pydantic.PydanticUndefinedAnnotation, NameError):
        return False


def is_field(value: Any) -> bool:
    """Whether a default is pydantic's `Field(...)`, which says more than a value."""
    pydantic = sys.modules.get("pydantic.fields")
    return pydantic is not None and isinstance(value, pydantic.FieldInfo)


def _field(kind: Any, parameter: inspect.Parameter) -> tuple[Any, Any]:
    """A parameter as a field of a model, under its own name, whatever alias its `Field` may say."""
    import pydantic

    default = parameter.default
    if is_field(default):
        factory = {"default_factory": default.default_factory} if default.default_factory else {}
        plain = {} if factory else {"default": default.default}
        return Annotated[kind, default], pydantic.Field(**factory, **plain, alias=parameter.name)
    return kind, pydantic.Field(default=_default(parameter), alias=parameter.name)


def _default(parameter: inspect.Parameter) -> Any:
    if parameter.kind is parameter.VAR_POSITIONAL:
        return ()
    if parameter.kind is parameter.VAR_KEYWORD:
        return {}
    return ... if parameter.default is parameter.empty else parameter.default


def _annotation(fn: Callable[..., Any], parameter: inspect.Parameter) -> Any:
    annotation = parameter.annotation
    if annotation is parameter.empty:
        annotation = Any
    elif isinstance(annotation, str):
        annotation = _evaluated(fn, annotation)
    if parameter.kind is parameter.VAR_POSITIONAL:
        return tuple[annotation, ...]  # type: ignore[valid-type]  # made at run time
    if parameter.kind is parameter.VAR_KEYWORD:
        return dict[str, annotation]  # type: ignore[valid-type]  # same
    return annotation


def _evaluated(fn: Callable[..., Any], annotation: str) -> Any:
    """What an annotation written as text means; `Any` where its names are not to be had."""
    plain = inspect.unwrap(getattr(fn, "__func__", fn))
    module = sys.modules.get(getattr(plain, "__module__", ""), None)
    closure = inspect.getclosurevars(plain).nonlocals if inspect.isfunction(plain) else {}
    try:
        return eval(annotation, {**vars(module or inspect), **getattr(plain, "__globals__", {}), **closure})
    except (NameError, AttributeError, SyntaxError, TypeError):
        return Any


def _complaint(error: Any, secrets: Collection[str] = ()) -> str:
    """What is wrong with each parameter: its place, what was expected, and what was given unless it may be secret."""
    lines = []
    for issue in error.errors(include_url=False):
        given = "" if issue["loc"][0] in secrets else f" (given: {_shortened(issue['input'])})"
        lines.append(f"{'.'.join(str(part) for part in issue['loc'])}: {issue['msg']}{given}")
    return "; ".join(lines)


def _shortened(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:97]}..."
