"""Door: ids that sort by age (prefect-dbt)."""

from prefect._outside.ids import uuid7

__all__ = [
    "uuid7",
]
