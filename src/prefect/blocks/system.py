"""Blocks that need no further package."""

from __future__ import annotations

from datetime import datetime as moment
from typing import TYPE_CHECKING, Any, Generic

from pydantic import Field, SecretStr, field_validator
from pydantic import Secret as Hidden
from typing_extensions import TypeVar

from prefect.blocks.core import Block

T = TypeVar("T", default=Any)


class Secret(Block, Generic[T]):
    """A value that is not shown: `repr`, lists and logs obscure it, `get()` gives it."""

    _block_type_name = "Secret"
    _code_example = """
    from prefect.blocks.system import Secret

    Secret(value="...").save("my-token")
    token = Secret.load("my-token").get()
    """

    value: Hidden[T] | SecretStr = Field(union_mode="left_to_right")

    @field_validator("value", mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        return value.get_secret_value() if isinstance(value, SecretStr) else value

    if TYPE_CHECKING:

        def __init__(self, *, value: T | SecretStr | Hidden[T], **more: Any) -> None: ...

    def get(self) -> T:
        """The value itself."""
        held: T = self.value.get_secret_value()  # type: ignore[assignment]  # the text of a SecretStr is a T, too
        return held


class JSON(Block):
    """Anything that JSON knows; the older spelling of a variable."""

    _block_type_name = "JSON"

    value: Any


class String(Block):
    """A text; the older spelling of a variable."""

    _block_type_name = "String"

    value: str


class DateTime(Block):
    """A moment; the older spelling of a variable."""

    _block_type_name = "Date Time"

    value: moment


__all__ = ["JSON", "DateTime", "Secret", "String"]
