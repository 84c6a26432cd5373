"""The names of runs: generated, templated by users, or made by their functions."""

from __future__ import annotations

import inspect
import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from prefect._domain.names import slug
from prefect._engine.tracebacks import described
from prefect.settings import get_current_settings

if TYPE_CHECKING:
    from prefect._engine.code import FlowCode, TaskCode

_random = random.SystemRandom()


class TaskRunNameCallbackWithParameters(Protocol):
    """A function that names a run by its parameters."""

    @classmethod
    def is_callback_with_parameters(cls, callable: Any) -> bool:
        """Whether a function that names runs wants the parameters."""
        return "parameters" in inspect.signature(callable).parameters

    def __call__(self, parameters: dict[str, Any]) -> str: ...


def flow_run_name(flow: FlowCode, parameters: Mapping[str, Any]) -> str:
    """The name of a flow run: from the flow's template or function, else an adjective and an animal.

    Raises `TypeError` where the user's function does not give a string, `ValueError` for a template that names what
    there is not.
    """
    if flow.flow_run_name is None:
        return new_name()
    return _named(flow.flow_run_name, parameters, f"The flow_run_name of the flow {flow.name!r}")


def task_run_name(task: TaskCode, parameters: Mapping[str, Any]) -> str:
    """The name of a task run that a user's template or function gives. Raises as above."""
    return _named(task.task_run_name, parameters, f"The task_run_name of the task {task.name!r}")


def _named(source: Any, parameters: Mapping[str, Any], what: str) -> str:
    if not callable(source):
        return _filled(str(source), parameters, what)
    takes_parameters = TaskRunNameCallbackWithParameters.is_callback_with_parameters(source)
    name = source(parameters=dict(parameters)) if takes_parameters else source()
    if not isinstance(name, str):
        raise TypeError(f"{what} gave {name!r}, a {type(name).__name__}; it must give a string.")
    return name


def _filled(template: str, parameters: Mapping[str, Any], what: str) -> str:
    try:
        return template.format(**parameters)
    except (LookupError, ValueError, AttributeError) as error:
        known = ", ".join(f"{{{name}}}" for name in parameters) or "none, for it has no parameters"
        raise ValueError(
            f"{what} is {template!r}, which cannot be filled in: {described(error)}. It can name {known}."
        ) from error


def new_name() -> str:
    """An adjective and an animal, such as `brave-otter`."""
    return slug(_random)


def logs_prints_by_default() -> bool:
    return bool(get_current_settings().logging.log_prints)
