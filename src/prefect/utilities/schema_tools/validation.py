"""Door: values held against JSON schemas (tests of prefect-gcp)."""

from prefect._outside.schemas import (
    CircularSchemaRefError,
    build_error_obj,
    is_valid,
    is_valid_schema,
    preprocess_schema,
    prioritize_placeholder_errors,
    process_properties,
    validate,
)
from prefect.exceptions import SchemaMismatch as ValidationError

__all__ = [
    "ValidationError",
    "CircularSchemaRefError",
    "build_error_obj",
    "is_valid",
    "is_valid_schema",
    "preprocess_schema",
    "prioritize_placeholder_errors",
    "process_properties",
    "validate",
]
