"""Variables: named JSON values that flows and deployments share.

`Variable.set("answer", 42)`, `Variable.get("answer")`, `Variable.unset("answer")`.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import GenericAlias
from typing import Any

from prefect._domain.variables import checked_name, checked_value
from prefect._wire.variables import VariableCreate, VariableUpdate
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.utilities.asyncutils import dispatched, in_thread


class Variable:
    """A named value, as read or written; `Variable[int]` may say of which kind."""

    __class_getitem__: Any = classmethod(GenericAlias)

    def __init__(self, name: str, value: Any, tags: Sequence[str] = ()) -> None:
        self.name = name
        self.value = value
        self.tags = list(tags)

    def __repr__(self) -> str:
        return f"Variable(name={self.name!r}, value={self.value!r}, tags={self.tags!r})"

    @classmethod
    @dispatched
    def set(cls, name: str, value: Any, tags: Sequence[str] | None = None, overwrite: bool = False) -> Variable:
        """Give a variable a value: anything that JSON knows.

        Raises `ValueError` for a name that is taken (unless `overwrite`) or not allowed, `TypeError` for a value that
        JSON does not know.
        """
        name, value, kept = checked_name(name), checked_value(name, value), list(tags or ())
        with get_client(sync_client=True) as client:
            try:
                client.create_variable(VariableCreate(name=name, value=value, tags=kept))
            except ObjectAlreadyExists as error:
                if not overwrite:
                    raise ValueError(
                        f"The variable {name!r} exists already; give overwrite=True to change it."
                    ) from error
                client.update_variable(VariableUpdate(name=name, value=value, tags=kept))
        return cls(name, value, kept)

    @classmethod
    @dispatched
    def get(cls, name: str, default: Any = None) -> Any:
        """The value of a variable, or `default` where there is none of that name."""
        with get_client(sync_client=True) as client:
            held = client.read_variable_by_name(name)
        return default if held is None else held.value

    @classmethod
    @dispatched
    def unset(cls, name: str) -> bool:
        """Remove a variable; whether there was one."""
        with get_client(sync_client=True) as client:
            try:
                client.delete_variable_by_name(name)
            except ObjectNotFound:
                return False
        return True

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
