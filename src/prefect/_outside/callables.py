"""Parameters and arguments of functions, for programs that import these tools from `prefect.utilities.callables`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from prefect._engine.docstrings import described_parameters
from prefect._engine.entrypoints import load_object
from prefect._engine.inputs import Signature
from prefect._engine.mapping import mapped_calls
from prefect._engine.placeholders import placeholder_of
from prefect._engine.validation import ParameterModel
from prefect._wire.json_schema import ParameterSchema
from prefect.exceptions import ReservedArgumentError, ScriptError, SignatureMismatchError


def get_call_parameters(
    fn: Callable[..., Any], call_args: tuple[Any, ...], call_kwargs: Mapping[str, Any], apply_defaults: bool = True
) -> dict[str, Any]:
    """The arguments of a call by the names of the parameters. Raises `ParameterBindError` where they do not fit."""
    bound = Signature.of(fn).bind(tuple(call_args), call_kwargs)
    given = inspect.signature(fn).bind(*call_args, **call_kwargs).arguments
    return bound if apply_defaults else dict(given)


def get_parameter_defaults(fn: Callable[..., Any]) -> dict[str, Any]:
    """The defaults of the parameters that have one."""
    return Signature.of(fn).defaults


def explode_variadic_parameter(fn: Callable[..., Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters with those that `**kwargs` took each by its own name."""
    keywords = Signature.of(fn).keywords
    return {name: value for name, value in parameters.items() if name != keywords} | dict(
        parameters.get(keywords or "", {})
    )


def collapse_variadic_parameters(fn: Callable[..., Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters with those of other names put into what `**kwargs` takes.

    Raises `ValueError` where there are such, and the function takes none.
    """
    signature = Signature.of(fn)
    own = {name: value for name, value in parameters.items() if name in signature.names}
    others = {name: value for name, value in parameters.items() if name not in signature.names}
    if signature.keywords is None:
        if others:
            raise ValueError(f"The signature {signature.signature} has no parameters {sorted(others)}.")
        return own
    return {**own, signature.keywords: {**own.get(signature.keywords, {}), **others}} if others else own


def parameters_to_args_kwargs(
    fn: Callable[..., Any], parameters: Mapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments with which to call a function. Raises `SignatureMismatchError` for parameters that it has not."""
    signature = inspect.signature(fn)
    unknown = [name for name in parameters if name not in signature.parameters]
    if unknown:
        expected, told = list(signature.parameters), list(parameters)
        raise SignatureMismatchError(f"Function expects parameters {expected} but was provided with parameters {told}")
    bound = signature.bind_partial()
    bound.arguments.update({name: parameters[name] for name in signature.parameters if name in parameters})
    return bound.args, bound.kwargs


def call_with_parameters(fn: Callable[..., Any], parameters: Mapping[str, Any]) -> Any:
    """Call a function with parameters by name, whatever the kinds of those are."""
    args, kwargs = parameters_to_args_kwargs(fn, parameters)
    return fn(*args, **kwargs)


def cloudpickle_wrapped_call(__fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Callable[[], bytes]:
    """A call that standard pickle can carry into another process; it gives its result pickled by cloudpickle."""
    import cloudpickle

    return _Pickled(cloudpickle.dumps((__fn, args, kwargs)))


class _Pickled:
    def __init__(self, call: bytes) -> None:
        self._call = call

    def __call__(self) -> bytes:
        import cloudpickle

        fn, args, kwargs = cloudpickle.loads(self._call)
        pickled: bytes = cloudpickle.dumps(fn(*args, **kwargs))
        return pickled


def parameter_schema(fn: Callable[..., Any]) -> ParameterSchema:
    """The parameters of a function as JSON schema."""
    return ParameterModel(fn, inspect.signature(fn)).schema()


def parameter_schema_from_entrypoint(entrypoint: str) -> ParameterSchema:
    """The parameters of the function that `file.py:name` names; of its source alone, where the file cannot be run."""
    try:
        found = load_object(entrypoint)
    except ScriptError as error:
        placeholder = placeholder_of(entrypoint, error)
        if placeholder is None:
            raise
        found = placeholder.fn
    return parameter_schema(getattr(found, "fn", found))


def generate_parameter_schema(signature: inspect.Signature, docstrings: Mapping[str, str]) -> ParameterSchema:
    """The parameters of a signature as JSON schema, described by the texts."""

    def described() -> None: ...

    described.__doc__ = "".join(f":param {name}: {text}\n" for name, text in docstrings.items())
    return ParameterModel(described, signature).schema()


def parameter_docstrings(docstring: str | None) -> dict[str, str]:
    """What a docstring says of each parameter."""
    return described_parameters(docstring)


def raise_for_reserved_arguments(fn: Callable[..., Any], reserved_arguments: Iterable[str]) -> None:
    """Raise `ReservedArgumentError` where a function has a parameter of a reserved name."""
    names: Collection[str] = inspect.signature(fn).parameters
    for name in reserved_arguments:
        if name in names:
            raise ReservedArgumentError(f"{name!r} is a reserved argument name and cannot be used.")


def expand_mapping_parameters(func: Callable[..., Any], parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The parameters of each call that mapping a function over them makes."""
    args, kwargs = parameters_to_args_kwargs(func, parameters)
    return list(mapped_calls(Signature.of(func), args, kwargs))


def process_v1_params(
    param: inspect.Parameter, *, position: int, docstrings: Mapping[str, str], aliases: dict[str, str]
) -> tuple[str, Any, Any]:
    """A parameter as the field of a model of pydantic 1: its name, its type, and the field.

    A name that such a model has for itself, such as `json`, is given two underscores; `aliases` is told of it.
    """
    import pydantic.v1

    name = param.name
    if hasattr(pydantic.v1.BaseModel, name):
        name = f"{name}__"
        aliases[name] = param.name
    kind = Any if param.annotation is param.empty else param.annotation
    default = ... if param.default is param.empty else param.default
    if param.kind is param.VAR_POSITIONAL:
        kind, default = list[Any], []
    elif param.kind is param.VAR_KEYWORD:
        kind, default = dict[str, Any], {}
    told = {"title": param.name, "description": docstrings.get(param.name), "alias": aliases.get(name)}
    return name, kind, pydantic.v1.Field(default=default, **told, position=position)  # type: ignore[arg-type]  # fields may say more


def create_v1_schema(name_: str, model_cfg: type[Any], model_fields: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The JSON schema of a model of pydantic 1 with these fields, `name: (type, field)`."""
    import pydantic.v1

    model = pydantic.v1.create_model(name_, __config__=model_cfg, **dict(model_fields or {}))
    schema: dict[str, Any] = model.schema(by_alias=True)
    return schema
