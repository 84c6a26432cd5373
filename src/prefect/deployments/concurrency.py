"""How many runs of a deployment may be at work, in the ways in which it is said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from prefect._wire.deployments import ConcurrencyLimitConfig


def limit_of(told: int | ConcurrencyLimitConfig | Mapping[str, Any] | None) -> ConcurrencyLimitConfig | None:
    """The limit as a value. Raises `TypeError` and `ValueError` for what is none."""
    if told is None or isinstance(told, ConcurrencyLimitConfig):
        return told
    if isinstance(told, int) and not isinstance(told, bool):
        return _checked({"limit": told})
    if isinstance(told, Mapping):
        return _checked(dict(told))
    raise TypeError(f"A concurrency limit is a number or a ConcurrencyLimitConfig; it is {told!r}.")


def _checked(told: dict[str, Any]) -> ConcurrencyLimitConfig:
    try:
        return ConcurrencyLimitConfig.model_validate(told)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise ValueError(f"{told!r} is no concurrency limit: {faults}.") from error


__all__ = ["ConcurrencyLimitConfig", "limit_of"]
