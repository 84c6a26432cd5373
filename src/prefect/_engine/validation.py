"""Checking and coercing a call's parameters against the function's annotations, and describing them as JSON schema."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Collection, Mapping
from typing import Any

from prefect._engine.secret_parameters import revealed, secret_kinds
from prefect.exceptions import ParameterTypeError


class ParameterModel:
    """What pydantic makes of a function's parameters; made when the first call asks for it."""

    def __init__(self, fn: Callable[..., Any], signature: inspect.Signature) -> None:
        import pydantic

        self._names = tuple(signature.parameters)
        kinds = annotations_of(fn, signature)
        self._secrets = secret_kinds(kinds)
        fields: dict[str, Any] = {
            f"field_{number}": (kinds[name], pydantic.Field(default=_default(parameter), alias=name))
            for number, (name, parameter) in enumerate(signature.parameters.items())
        }
        config = pydantic.ConfigDict(arbitrary_types_allowed=True, extra="forbid", title="Parameters")
        self.model = pydantic.create_model("Parameters", __config__=config, **fields)

    def coerced(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters in the types that the function declares. Raises `ParameterTypeError`."""
        import pydantic

        try:
            model = self.model.model_validate(self._revealed(parameters))
        except pydantic.ValidationError as error:
            if self._secrets:
                raise ParameterTypeError(_complaint(error, self._secrets)) from None
            raise ParameterTypeError(_complaint(error)) from error
        return {name: getattr(model, f"field_{number}") for number, name in enumerate(self._names)}

    def _revealed(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        return {name: revealed(value, self._secrets.get(name)) for name, value in parameters.items()}

    def schema(self) -> dict[str, Any]:
        """The parameters as JSON schema; a type that JSON does not know says nothing."""
        from prefect._wire.json_schema import LenientSchema

        made = self.model.model_json_schema(by_alias=True, schema_generator=LenientSchema)
        properties = made.get("properties", {})
        for position, name in enumerate(self._names):
            properties[name] = {**properties.get(name, {}), "title": name, "position": position}
        return {
            "title": "Parameters",
            "type": "object",
            "properties": properties,
            "required": made.get("required", []),
            "definitions": made.get("$defs", {}),
        }


def annotations_of(fn: Callable[..., Any], signature: inspect.Signature) -> dict[str, Any]:
    """The types that a function declares for its parameters, `Any` where it says nothing."""
    return {name: _annotation(fn, parameter) for name, parameter in signature.parameters.items()}


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
