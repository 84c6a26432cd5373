"""Ids that sort by age: prefect-dbt."""

from __future__ import annotations

from uuid import UUID

from prefect._clock import new_id


def uuid7() -> UUID:
    """A new id of version 7."""
    return new_id()
