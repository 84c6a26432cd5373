"""Types for the fields of blocks and the parameters of flows."""

from __future__ import annotations

from typing import Any

from pydantic import Secret

SecretDict = Secret[dict[str, Any]]
"""A dictionary whose values are not shown; `get_secret_value()` gives it."""

__all__ = ["SecretDict"]
