"""What `--state` and `--state-type` ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prefect._domain.states import StateType


def in_states(names: Sequence[str] | None, types: Sequence[StateType] | None) -> dict[str, Any]:
    """The part of a filter that is about states; None asks for nothing."""
    return {"name": {"any_": names}, "type": {"any_": [type.value for type in types] if types else None}}
