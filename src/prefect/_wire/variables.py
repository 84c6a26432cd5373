"""Variables in JSON."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from prefect._domain.variables import LONGEST_NAME, checked_name
from prefect._wire.filters import OrderOf, VariableFilter
from prefect._wire.models import Body, Json, Listed, Query, Recorded, Tags

VariableName = Annotated[str, AfterValidator(checked_name), Field(max_length=LONGEST_NAME)]


class VariableCreate(Body):
    name: VariableName
    value: Json
    tags: Tags = Field(default_factory=list)


class VariableUpdate(Body):
    name: VariableName | None = None
    value: Json = None
    tags: Tags | None = None


class Variable(Recorded):
    name: str
    value: Json
    tags: list[str]


class CountVariables(Query):
    variables: VariableFilter | None = None


class ReadVariables(Listed, CountVariables):
    sort: Annotated[str, OrderOf("variable")] = "NAME_ASC"
