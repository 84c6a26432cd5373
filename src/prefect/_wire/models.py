"""What all bodies and answers share."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictBool,
    StrictFloat,
    StrictInt,
    WithJsonSchema,
    model_validator,
)
from typing_extensions import Self

from prefect._domain.names import storable, without_nul

T = TypeVar("T")
MOST_NAMES = 1_000
"""How many names a mapping has."""


def in_utc(moment: datetime) -> datetime:
    """A moment in UTC, which is meant where no zone is said. Raises `ValueError` beyond the years 1 to 9999."""
    try:
        return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)
    except OverflowError as error:
        raise ValueError("the moment lies beyond the years 1 to 9999") from error


def few(given: Any) -> Any:
    """A mapping of not too many names, checked before each of them is. Raises `ValueError`."""
    if isinstance(given, dict) and len(given) > MOST_NAMES:
        raise ValueError(f"there are {len(given)} names, and at most {MOST_NAMES} are taken")
    return given


class Body(BaseModel):
    """What a client sends; a field that is not known is refused."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    def given(self) -> dict[str, Any]:
        """The fields that the client named, with their values."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class Query(BaseModel):
    """A body that asks for something; a field that is not known is let go."""

    model_config = ConfigDict(extra="ignore", defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: Any) -> Any:
        """What is null was not asked for: clients write out fields that they leave to us."""
        return {name: value for name, value in given.items() if value is not None} if isinstance(given, dict) else given


class Answer(BaseModel):
    """What a client gets; every field is there."""

    model_config = ConfigDict(from_attributes=True, defer_build=True, json_schema_serialization_defaults_required=True)

    @classmethod
    def of(cls, value: Any) -> Self:
        """The answer that tells a value whose attributes have the names of the fields."""
        return cls.model_validate(value)


class Recorded(Answer):
    """An answer about something that the database holds."""

    id: UUID
    created: datetime | None
    updated: datetime | None


Text = Annotated[str, AfterValidator(without_nul)]
"""Text that every database takes."""
Name = Annotated[Text, Field(min_length=1, max_length=255)]
Tags = Annotated[list[Text], Field(max_length=1_000, fail_fast=True)]
Offset = Annotated[int, Field(ge=0, le=2**62)]
Limit = Annotated[int, Field(ge=0, le=2**31)]
Json = Annotated[Any, AfterValidator(storable)]
"""Whatever JSON knows, and every database takes."""
Mapped = Annotated[dict[str, Any], AfterValidator(storable)]
Label = StrictBool | StrictInt | Annotated[StrictFloat, Field(allow_inf_nan=False)] | Text
Labels = Annotated[dict[Text, Label], BeforeValidator(few)]
Moment = Annotated[datetime, AfterValidator(in_utc)]
Span = Annotated[
    timedelta,
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "format": "duration"}]}, mode="validation"),
]
"""A duration: seconds, or a text of ISO 8601."""
Seconds = Annotated[Span, PlainSerializer(timedelta.total_seconds, return_type=float)]
"""A duration that is told as a number."""


class Listed(Query):
    """The part of a list that is asked for; without a limit as much as one answer may hold."""

    offset: Offset = 0
    limit: Limit | None = None


class Paged(Query):
    """A page of a list, counted from 1."""

    page: Annotated[int, Field(ge=1, le=2**31)] = 1
    limit: Limit | None = None


class Page(Answer, Generic[T]):
    """One page, with what there is in all."""

    results: list[T]
    count: int
    limit: int
    pages: int
    page: int

    @classmethod
    def number(cls, page: int, results: list[T], *, count: int, limit: int) -> Self:
        """The page of that number, where so many of `count` results are on one."""
        return cls(results=results, count=count, limit=limit, pages=-(-count // limit) if limit else 0, page=page)


__all__ = [
    "Answer",
    "BeforeValidator",
    "Body",
    "Json",
    "Labels",
    "Limit",
    "Listed",
    "Mapped",
    "Moment",
    "Name",
    "Offset",
    "Page",
    "Paged",
    "PlainSerializer",
    "Query",
    "Recorded",
    "Seconds",
    "Tags",
    "Text",
    "few",
]
