"""JSON schemas of users' types."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field
from pydantic.json_schema import GenerateJsonSchema


class LenientSchema(GenerateJsonSchema):
    """A type that JSON does not know says nothing."""

    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012  # as in the base

    def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> dict[str, Any]:
        return {}


class ParameterSchema(BaseModel):
    """The parameters of a flow as JSON schema: what they are called, in which order, which are needed, of which types.

    References in it point at `#/definitions/...`.
    """

    title: Literal["Parameters"] = "Parameters"
    type: Literal["object"] = "object"
    properties: dict[str, Any] = Field(default_factory=dict)
    required: list[str] = Field(default_factory=list)
    definitions: dict[str, Any] = Field(default_factory=dict)

    def model_dump_for_openapi(self) -> dict[str, Any]:
        """The schema without what is empty."""
        return {name: held for name, held in self.model_dump().items() if held or name == "properties"}
