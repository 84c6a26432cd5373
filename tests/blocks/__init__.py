"""Blocks that come with the package."""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")


def made(kind: type[T], **fields: Any) -> T:
    """A block of fields as programs give them: a secret is a plain text."""
    return kind(**fields)
