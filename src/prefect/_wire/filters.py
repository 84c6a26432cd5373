"""Filters and sort orders as bodies hold them, made from the tables in `_domain/filters.py` and `_domain/sorting.py`.

Each noun has a filter, such as `FlowRunFilter`, and beneath it a model for each field, such as `FlowRunFilterName`;
each of them, and each noun's orders (`FlowRunSort`), can be imported from here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model
from pydantic_core import core_schema

from prefect._domain import filters, sorting
from prefect._domain.names import without_nul
from prefect._domain.searching import LONGEST, read_pattern, read_search
from prefect._domain.states import StateType
from prefect._domain.work_pools import WORKER_STATUSES

Word = Annotated[str, AfterValidator(without_nul)]
MOST_VALUES = 1_000
"""How many values a condition may list."""
TYPES: dict[Any, Any] = {
    filters.read_identity: UUID,
    filters.read_text: Word,
    filters.read_whole: int,
    filters.read_flag: bool,
    filters.read_moment: datetime,
    filters.read_state_type: StateType,
    filters.read_worker_status: Literal[WORKER_STATUSES],
    read_search: str,
    read_pattern: str,
}
"""The type of a field by how its values are read."""


class Asked(BaseModel):
    """The root of all filters."""

    model_config = ConfigDict(extra="forbid", use_enum_values=True, defer_build=True)

    def of(self, noun: str) -> filters.Filter:
        """The filter on a noun that this says."""
        return filters.read_filter(noun, self.model_dump(exclude_none=True, exclude_unset=True))


def filter_of(noun: str, asked: Asked | None) -> filters.Filter:
    """The filter that a body holds; all records where it holds none."""
    return filters.EVERYTHING if asked is None else asked.of(noun)


KNOWN_AS = {
    "BlockSchemaFilterBlockCapabilities": "BlockSchemaFilterCapabilities",
    "DeploymentFilterFlowOrDeploymentName": "DeploymentOrFlowNameFilter",
    "LogFilterText": "LogFilterTextSearch",
    "TaskRunFilterSubflowRuns": "TaskRunFilterSubFlowRuns",
}
"""The names of parts that programs know otherwise."""
MODELS: dict[str, type[Asked]] = {}
"""Every model of a filter or a part of one that has been made, by its name."""


def on(noun: str, *, is_joint: bool = True, **told: Any) -> Callable[[str], type[Asked]]:
    """How a filter is made of its name: with the fields that its noun can be asked for.

    One that is not joint has no operator; its conditions all hold. `told` are defaults that the API tells of; whoever
    lists the noun has to see to them.
    """
    return lambda name: _whole(name, noun, is_joint, told)


def _whole(name: str, noun: str, is_joint: bool, told: dict[str, Any]) -> type[Asked]:
    parts: dict[str, Any] = {}
    grouped: dict[str, dict[str, Any]] = {}
    for path, field in filters.FIELDS[noun].items():
        group, _, last = path.rpartition(".")
        fields = grouped.setdefault(group, {}) if group else parts
        fields[last] = (_part(f"{name}{_camel(path)}", field) | None, None)
    for group, fields in grouped.items():
        parts[group] = (_joined(f"{name}{_camel(group)}", fields) | None, None)
    for path, default in told.items():
        parts[path] = (parts[path][0], MODELS[f"{name}{_camel(path)}"](**default))
    return _joined(name, parts) if is_joint else _made(name, parts)


def _part(name: str, field: filters.Field) -> type[Asked]:
    """The model of one field: its operators."""
    asked = {operator: _operand(operator, TYPES[read]) for operator, read in sorted(field.reads.items())}
    if field.column == "flow_run_id" and field.joint:
        asked["is_null_"] = (bool | None, False)
    return _joined(name, asked) if field.joint else _made(name, asked)


def _operand(operator: str, type: Any) -> Any:
    if operator in filters.FLAGS:
        return (bool | None, None)
    if operator in filters.LISTS:
        return (list[type] | None, Field(None, max_length=MOST_VALUES))
    if operator == "query":
        return (Word, Field(max_length=LONGEST))
    return (type | None, None)


def _joined(name: str, fields: dict[str, Any]) -> type[Asked]:
    """A model whose conditions all hold, or one of them."""
    operator: Any = (Literal["and_", "or_"], "and_")
    return _made(name, {"operator": operator, **fields})


def _made(name: str, fields: dict[str, Any]) -> type[Asked]:
    name = KNOWN_AS.get(name, name)
    MODELS[name] = create_model(name, __base__=Asked, __module__=__name__, **fields)
    return MODELS[name]


def _camel(path: str) -> str:
    return "".join(word.capitalize() for word in path.replace(".", "_").split("_"))


KINDS: dict[str, Callable[[str], type[Asked]]] = {
    "ArtifactCollectionFilter": on("artifact_collection"),
    "ArtifactFilter": on("artifact"),
    "AutomationFilter": on("automation"),
    "BlockDocumentFilter": on("block_document", is_anonymous={"eq_": False}),
    "BlockSchemaFilter": on("block_schema"),
    "BlockTypeFilter": on("block_type", is_joint=False),
    "DeploymentFilter": on("deployment"),
    "FlowFilter": on("flow"),
    "FlowRunFilter": on("flow_run"),
    "LogFilter": on("log"),
    "TaskRunFilter": on("task_run"),
    "VariableFilter": on("variable"),
    "WorkPoolFilter": on("work_pool"),
    "WorkQueueFilter": on("work_queue"),
    "WorkerFilter": on("worker"),
}
"""How each filter is made; that is done when somebody asks for it, since all of them take 40 ms."""

if TYPE_CHECKING:

    class ArtifactCollectionFilter(Asked): ...

    class ArtifactFilter(Asked): ...

    class AutomationFilter(Asked): ...

    class BlockDocumentFilter(Asked): ...

    class BlockSchemaFilter(Asked): ...

    class BlockTypeFilter(Asked): ...

    class DeploymentFilter(Asked): ...

    class FlowFilter(Asked): ...

    class FlowRunFilter(Asked): ...

    class LogFilter(Asked): ...

    class TaskRunFilter(Asked): ...

    class VariableFilter(Asked): ...

    class WorkPoolFilter(Asked): ...

    class WorkQueueFilter(Asked): ...

    class WorkerFilter(Asked): ...


def later(name: str) -> Any:
    """A filter as the type of a body's field. It is made when a body holds one, or somebody asks how it looks."""
    return Annotated[Any, _Later(name)]


class _Later:
    """Reads a filter that is not made yet."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(lambda given: self._model().model_validate(given))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> Any:
        model = self._model()
        model.model_rebuild()
        return handler(model.__pydantic_core_schema__)

    def _model(self) -> type[Asked]:
        model: type[Asked] = __getattr__(self._name)
        return model


class OrderOf:
    """The names of a noun's orders, as the type of a body's `sort`: `Annotated[str, OrderOf("flow")]`."""

    def __init__(self, noun: str) -> None:
        self.noun = noun

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.literal_schema(list(sorting.SORTS[self.noun]))


def __getattr__(name: str) -> Any:
    for kind in KINDS:
        if kind not in MODELS and (name.startswith(kind) or name in KNOWN_AS.values()):
            KINDS[kind](kind)
    if name in MODELS:
        return MODELS[name]
    for noun in sorting.SORTS:
        if name == f"{_camel(noun)}Sort":
            return orders_of(noun)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@lru_cache
def orders_of(noun: str) -> type[Enum]:
    """The orders of a noun, as names that programs import: `FlowRunSort.NAME_ASC`."""
    names: type[Enum] = Enum(f"{_camel(noun)}Sort", {order: order for order in sorting.SORTS[noun]}, type=str)  # type: ignore[misc]  # mypy wants the names written out
    return names


__all__ = [
    "ArtifactCollectionFilter",
    "ArtifactFilter",
    "AutomationFilter",
    "BlockDocumentFilter",
    "BlockSchemaFilter",
    "BlockTypeFilter",
    "DeploymentFilter",
    "FlowFilter",
    "FlowRunFilter",
    "LogFilter",
    "TaskRunFilter",
    "VariableFilter",
    "WorkPoolFilter",
    "WorkQueueFilter",
    "WorkerFilter",
    "OrderOf",
    "filter_of",
]
