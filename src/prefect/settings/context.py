"""Door: settings, by the name of an inner module (prefect-dbt, -redis)."""

from prefect.settings.current import get_current_settings, temporary_settings

__all__ = [
    "get_current_settings",
    "temporary_settings",
]
