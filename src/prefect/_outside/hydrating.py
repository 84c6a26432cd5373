"""Values that say how they are made, and what stands in the place of those that are not made: for forms of parameters.

    hydrate({"amount": {"__prefect_kind": "json", "value": "[1, 2]"}})  # {"amount": [1, 2]}

Where something cannot be made, or is not to be, a `Placeholder` stands for it, of which `schema_tools.validation`
tells; with `raise_on_error` the first error is raised. What is `json` and has no value, and what is a variable and has
no name, is left out. `prefect._domain.hydration` is how a server reads parameters, which knows no half-made ones.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, Field
from typing_extensions import Self

from prefect._domain.hydration import KIND
from prefect._orchestration.templates import fault_in, render
from prefect.client.orchestration import get_client
from prefect.types import StrictVariableValue

MOST_VARIABLES = 200
"""How many variables are asked for at once."""


class HydrationContext(BaseModel):
    """What is made: templates by what they see, and variables by their values; what cannot be made may be an error."""

    workspace_variables: dict[str, StrictVariableValue] = Field(default_factory=dict)
    render_workspace_variables: bool = False
    raise_on_error: bool = False
    render_jinja: bool = False
    jinja_context: dict[str, Any] = Field(default_factory=dict)

    @classmethod
    async def build(
        cls,
        session: Any = None,
        raise_on_error: bool = False,
        render_jinja: bool = False,
        render_workspace_variables: bool = False,
    ) -> Self:
        """A context with the variables that there are, if these are to be made; `session` is for older programs."""
        known: dict[str, Any] = {}
        if render_workspace_variables:
            async with get_client() as client:
                while len(page := await client.read_variables(limit=MOST_VARIABLES, offset=len(known))) > 0:
                    known |= {variable.name: variable.value for variable in page}
        return cls(
            workspace_variables=known,
            render_workspace_variables=render_workspace_variables,
            raise_on_error=raise_on_error,
            render_jinja=render_jinja,
        )


class Placeholder:
    """Stands for a value that is not made."""

    @property
    def is_error(self) -> bool:
        """Whether it could not be made."""
        return False

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]  # two that are alike are equal


class RemoveValue(Placeholder):
    """There is no value: what holds it is to be left out."""


class WorkspaceVariable(Placeholder):
    """The value of a variable, which is looked up later."""

    def __init__(self, variable_name: str) -> None:
        self.variable_name = variable_name


class ValidJinja(Placeholder):
    """What a template makes, which is rendered later."""

    def __init__(self, template: str) -> None:
        self.template = template


class HydrationError(Placeholder, Exception):
    """A value could not be made."""

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(*([] if detail is None else [detail]))
        self.detail = detail

    @property
    def is_error(self) -> bool:
        return True

    @property
    def message(self) -> str:
        """What is wrong."""
        raise NotImplementedError(f"{type(self).__name__} does not say what is wrong: give it a `message`.")

    def __str__(self) -> str:
        return self.message


class KeyNotFound(HydrationError):
    """What is to be made does not say what of."""

    @property
    def key(self) -> str:
        """The name that is missing."""
        raise NotImplementedError(f"{type(self).__name__} does not say what is missing: give it a `key`.")

    @property
    def message(self) -> str:
        return f"Missing '{self.key}' key in __prefect object"


class ValueNotFound(KeyNotFound):
    """A plain value is not there."""

    key = "value"


class TemplateNotFound(KeyNotFound):
    """A template is not there."""

    key = "template"


class VariableNameNotFound(KeyNotFound):
    """A variable has no name."""

    key = "variable_name"


class InvalidJSON(HydrationError):
    """A text is no JSON."""

    @property
    def message(self) -> str:
        return "Invalid JSON" if self.detail is None else f"Invalid JSON: {self.detail}"


class InvalidJinja(HydrationError):
    """A template does not work."""

    @property
    def message(self) -> str:
        return "Invalid jinja" if self.detail is None else f"Invalid jinja: {self.detail}"


class WorkspaceVariableNotFound(HydrationError):
    """There is no such variable."""

    @property
    def variable_name(self) -> str:
        """The name that no variable has."""
        return str(self.detail)

    @property
    def message(self) -> str:
        return f"Variable '{self.variable_name}' not found in workspace."


Handler = Callable[[dict[str, Any], HydrationContext], Any]
_handlers: dict[str | None, Handler] = {}


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Have a function make what is of a kind. A decorator; the function is given the object and the context."""

    def known(function: Handler) -> Handler:
        _handlers[kind] = function
        return function

    return known


def call_handler(kind: str | None, obj: dict[str, Any], ctx: HydrationContext) -> Any:
    """What an object of a kind comes to; of a kind that nobody knows, its value as it is."""
    made = _handlers[kind](obj, ctx) if kind in _handlers else obj.get("value")
    if isinstance(made, HydrationError) and ctx.raise_on_error:
        raise made
    return made


@handler("none")
def null_handler(obj: dict[str, Any], ctx: HydrationContext) -> Any:
    """A plain value, with everything in it made."""
    return hydrate(obj["value"], ctx) if "value" in obj else ValueNotFound()


@handler("json")
def json_handler(obj: dict[str, Any], ctx: HydrationContext) -> Any:
    """What the value is the JSON of."""
    if "value" not in obj:
        return RemoveValue()
    text = hydrate(obj["value"], ctx)
    if not isinstance(text, str):
        return text
    try:
        return hydrate(json.loads(text), ctx)
    except json.JSONDecodeError as error:
        return InvalidJSON(str(error))


@handler("jinja")
def jinja_handler(obj: dict[str, Any], ctx: HydrationContext) -> Any:
    """What the template makes; as long as it is not to be rendered, whether it could be."""
    if "template" not in obj:
        return TemplateNotFound()
    template = hydrate(obj["template"], ctx)
    if not isinstance(template, str):
        return template
    fault = fault_in(template)
    if fault is not None:
        return InvalidJinja(fault.message)
    if not ctx.render_jinja:
        return ValidJinja(template)
    try:
        return render(template, ctx.jinja_context)
    except ValueError as error:
        return InvalidJinja(str(error))


@handler("workspace_variable")
def workspace_variable_handler(obj: dict[str, Any], ctx: HydrationContext) -> Any:
    """The value of the variable, if it is to be looked up."""
    if "variable_name" not in obj:
        return RemoveValue()
    name = hydrate(obj["variable_name"], ctx)
    if not isinstance(name, str):
        return name
    if not ctx.render_workspace_variables:
        return WorkspaceVariable(name)
    return ctx.workspace_variables[name] if name in ctx.workspace_variables else WorkspaceVariableNotFound(name)


def hydrate(obj: Any, ctx: HydrationContext | None = None) -> Any:
    """A value with everything in it made that says how it is; an empty dict for one that is to be left out."""
    made = _made(obj, ctx or HydrationContext())
    return {} if isinstance(made, RemoveValue) else made


def _made(obj: Any, ctx: HydrationContext) -> Any:
    if isinstance(obj, list):
        return [made for made in (_made(item, ctx) for item in obj) if not isinstance(made, RemoveValue)]
    if not isinstance(obj, dict):
        return obj
    if KIND in obj:
        return call_handler(obj[KIND], obj, ctx)
    whole = {name: _made(item, ctx) for name, item in obj.items()}
    return {name: made for name, made in whole.items() if not isinstance(made, RemoveValue)}


__all__ = [
    "HydrationContext",
    "HydrationError",
    "InvalidJSON",
    "InvalidJinja",
    "KeyNotFound",
    "Placeholder",
    "RemoveValue",
    "TemplateNotFound",
    "ValidJinja",
    "ValueNotFound",
    "VariableNameNotFound",
    "WorkspaceVariable",
    "WorkspaceVariableNotFound",
    "call_handler",
    "handler",
    "hydrate",
    "json_handler",
    "jinja_handler",
    "null_handler",
    "workspace_variable_handler",
]
