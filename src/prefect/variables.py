"""Variables: named JSON values that flows and deployments share.

`Variable.set("answer", 42)`, `Variable.get("answer")`, `Variable.unset("answer")`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prefect._clock import new_id, now
from prefect._domain.variables import checked_name, checked_value
from prefect._engine.recorders import recorder
from prefect._orchestration import variables as orchestration
from prefect.utilities.asyncutils import in_thread


class Variable:
    """A named value, as read or written."""

    def __init__(self, name: str, value: Any, tags: Sequence[str] = ()) -> None:
        self.name = name
        self.value = value
        self.tags = list(tags)

    def __repr__(self) -> str:
        return f"Variable(name={self.name!r}, value={self.value!r}, tags={self.tags!r})"

    @classmethod
    def set(cls, name: str, value: Any, tags: Sequence[str] | None = None, overwrite: bool = False) -> Variable:
        """Give a variable a value: anything that JSON knows.

        Raises `ValueError` for a name that is taken (unless `overwrite`) or not allowed, `TypeError` for a value that
        JSON does not know.
        """
        name, value = checked_name(name), checked_value(name, value)
        db = recorder().db
        kept = orchestration.set_variable(
            db, name, value, list(tags or ()), overwrite=overwrite, now=now(), new_id=new_id
        )
        return cls(kept.name, kept.value, kept.tags)

    @classmethod
    def get(cls, name: str, default: Any = None) -> Any:
        """The value of a variable, or `default` where there is none of that name."""
        held = orchestration.read_variable(recorder().db, name)
        return default if held is None else held.value

    @classmethod
    def unset(cls, name: str) -> bool:
        """Remove a variable; whether there was one."""
        return orchestration.unset_variable(recorder().db, name)

    @classmethod
    async def aset(cls, name: str, value: Any, tags: Sequence[str] | None = None, overwrite: bool = False) -> Variable:
        return await in_thread(cls.set, name, value, tags, overwrite)

    @classmethod
    async def aget(cls, name: str, default: Any = None) -> Any:
        return await in_thread(cls.get, name, default)

    @classmethod
    async def aunset(cls, name: str) -> bool:
        return await in_thread(cls.unset, name)


__all__ = ["Variable"]
