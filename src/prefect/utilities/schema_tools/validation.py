"""Door: values held against JSON schemas (tests of prefect-gcp)."""

from prefect._outside.schemas import is_valid, is_valid_schema, validate
from prefect.exceptions import SchemaMismatch as ValidationError

__all__ = ["ValidationError", "is_valid", "is_valid_schema", "validate"]
