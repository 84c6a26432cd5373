"""Contexts of packages: a model of its own for each, held by a context variable (prefect-ray).

class ShopContext(ContextModel):
    __var__: ContextVar = ContextVar("shop")
    region: str = "north"

with ShopContext(region="south"):
    assert ShopContext.get().region == "south"
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, PrivateAttr
from typing_extensions import Self


class ContextModel(BaseModel):
    """The values of a context, which holds inside its `with` block."""

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid", frozen=True)
    __var__: ClassVar[ContextVar[Any]]
    _token: Token[Any] | None = PrivateAttr(None)

    @classmethod
    def get(cls) -> Self | None:
        """The innermost context of this kind, or None."""
        context: Self | None = cls.__var__.get(None)
        return context

    def __enter__(self) -> Self:
        if self._token is not None:
            raise RuntimeError(f"A {type(self).__name__} holds already; enter a copy of it: context.model_copy().")
        self._token = self.__var__.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._token is not None  # it was entered
        self.__var__.reset(self._token)
        self._token = None

    def serialize(self, include_secrets: bool = True) -> dict[str, Any]:
        """The values that were given, as a dict."""
        return self.model_dump(exclude_unset=True, context={"include_secrets": include_secrets})
