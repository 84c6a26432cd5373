"""Runs and states as dictionaries and JSON, under the names by which programs ask models of pydantic for them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, ClassVar

Fields = dict[str, Any]


class AsModel:
    """A value that gives its fields; further options of pydantic's are taken, and mean nothing here."""

    __slots__ = ()
    _told: ClassVar[tuple[str, ...]] = ()
    """What is told beside the fields."""

    def model_dump(
        self,
        *,
        mode: str = "python",
        include: Collection[str] | None = None,
        exclude: Collection[str] | None = None,
        exclude_none: bool = False,
        **options: Any,
    ) -> Fields:
        """The fields by their names; with `mode="json"` as JSON knows them."""
        names = [*(field.name for field in fields(self)), *self._told]  # type: ignore[arg-type]  # those that derive are
        wanted = [one for one in names if (include is None or one in include) and one not in (exclude or ())]
        found = {name: plain(getattr(self, name), as_json=mode == "json") for name in wanted}
        return {name: value for name, value in found.items() if value is not None or not exclude_none}

    def model_dump_json(self, *, indent: int | None = None, **options: Any) -> str:
        """The fields as JSON."""
        return json.dumps(self.model_dump(**{**options, "mode": "json"}), indent=indent, ensure_ascii=False)

    def dict(self, **options: Any) -> Fields:
        """As `model_dump`, by its older name."""
        return self.model_dump(**options)

    def json(self, **options: Any) -> str:
        """As `model_dump_json`, by its older name."""
        return self.model_dump_json(**options)


def plain(value: Any, *, as_json: bool, instead: Callable[[Any], Any] | None = None) -> Any:
    """A value with dictionaries in the place of dataclasses; where asked, with nothing that JSON does not know.

    `instead` gives what is to be told in the place of a value, or the value.
    """
    value = value if instead is None else instead(value)
    if isinstance(value, AsModel):
        return value.model_dump(mode="json" if as_json else "python")
    if is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return {
            (str(key) if as_json else key): plain(held, as_json=as_json, instead=instead) for key, held in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [plain(held, as_json=as_json, instead=instead) for held in value]
    return _for_json(value) if as_json else value


def _for_json(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, (set, frozenset)):
        return sorted((plain(held, as_json=True) for held in value), key=str)
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)
