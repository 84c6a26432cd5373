"""What all bodies and answers share."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer
from typing_extensions import Self

from prefect._domain.names import without_nul

T = TypeVar("T")


class Body(BaseModel):
    """What a client sends; a field that is not known is refused."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    def given(self) -> dict[str, Any]:
        """The fields that the client named, with their values."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class Query(BaseModel):
    """A body that asks for something; a field that is not known is let go."""

    model_config = ConfigDict(extra="ignore", defer_build=True)


class Answer(BaseModel):
    """What a client gets."""

    model_config = ConfigDict(from_attributes=True, defer_build=True)

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
Offset = Annotated[int, Field(ge=0, le=2**62)]
Limit = Annotated[int, Field(ge=0)]
Json = Any
"""Whatever JSON knows."""


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


__all__ = [
    "Answer",
    "BeforeValidator",
    "Body",
    "Json",
    "Limit",
    "Listed",
    "Name",
    "Offset",
    "Page",
    "Paged",
    "PlainSerializer",
    "Query",
    "Recorded",
    "Text",
]
