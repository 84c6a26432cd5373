"""Door: warnings of names that will be gone."""

from prefect._outside.deprecated import PrefectDeprecationWarning, deprecated_callable

__all__ = [
    "PrefectDeprecationWarning",
    "deprecated_callable",
]
