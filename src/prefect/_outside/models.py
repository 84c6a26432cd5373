"""Models that packages derive their own from, as clients of older versions did."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import Self

from prefect._clock import new_id
from prefect.types import DateTime


class PrefectBaseModel(BaseModel):
    """A model that lets go what it does not know, and writes lengths of time in seconds."""

    model_config = ConfigDict(ser_json_timedelta="float", defer_build=True, extra="ignore")

    @classmethod
    def model_validate_list(cls, obj: Iterable[Any]) -> list[Self]:
        """Models of a list of values. Raises pydantic's `ValidationError`."""
        return [cls.model_validate(one) for one in obj]

    def reset_fields(self) -> Self:
        """A copy in which the fields that belong to one copy alone, such as its id, are made anew."""
        kept = self.model_dump(exclude=_OF_ONE_COPY & type(self).model_fields.keys(), exclude_unset=True)
        return type(self).model_validate(kept)


_OF_ONE_COPY = {"id", "created", "updated"}


class IDBaseModel(PrefectBaseModel):
    """A model with an id of its own."""

    id: UUID = Field(default_factory=new_id)


class ObjectBaseModel(IDBaseModel):
    """A model of what a server records."""

    model_config = ConfigDict(from_attributes=True)
    created: DateTime | None = None
    updated: DateTime | None = None


class ActionBaseModel(PrefectBaseModel):
    """A model of what a server is asked to do: it takes no other field than its own."""

    model_config = ConfigDict(extra="forbid")


__all__ = ["ActionBaseModel", "IDBaseModel", "ObjectBaseModel", "PrefectBaseModel"]
