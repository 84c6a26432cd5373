"""Saved searches in JSON."""

from __future__ import annotations

from pydantic import Field

from prefect._wire.models import Body, Json, Listed, Name, Query, Recorded, Text


class SavedSearchFilter(Query):
    object: Text
    property: Text
    type: Text
    operation: Text
    value: Json


class SavedSearchCreate(Body):
    name: Name
    filters: list[SavedSearchFilter] = Field(default_factory=list)


class SavedSearch(Recorded):
    name: str
    filters: list[SavedSearchFilter]


class ReadSavedSearches(Listed): ...
