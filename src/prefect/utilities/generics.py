"""Models of lists."""

from __future__ import annotations

from typing import Any, TypeVar

import pydantic

T = TypeVar("T", bound=pydantic.BaseModel)


def validate_list(model: type[T], input: Any) -> list[T]:
    """The models of a list of values. Raises pydantic's `ValidationError`, also for what is no list."""
    return pydantic.TypeAdapter(list[model]).validate_python(input)  # type: ignore[valid-type]  # it is only known here
