"""JSON schemas of users' types."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema


class LenientSchema(GenerateJsonSchema):
    """A type that JSON does not know says nothing."""

    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012  # as in the base

    def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> dict[str, Any]:
        return {}
