"""Blocks that need no further package."""

from __future__ import annotations

from typing import Any


class Secret:
    """A value that is not shown: `repr` and logs obscure it, `get()` gives it.

    It is held in this process only; saving and loading it by name comes with block documents, which are not there yet.
    """

    def __init__(self, value: Any) -> None:
        self._value = value

    def __repr__(self) -> str:
        return "Secret(value='**********')"

    def get(self) -> Any:
        """The value itself."""
        return self._value
