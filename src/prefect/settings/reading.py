"""How the value of a setting is read from what a source says: a text, or what a TOML file holds.

A reader raises `ValueError` with what it expected; `Setting.parsed` says of which setting, and where it was said.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from prefect.exceptions import ConfigurationError

Reader = Callable[[Any], Any]


class Setting(NamedTuple):
    """A setting: where it is, how it is read, and what it means."""

    path: str
    read: Reader
    default: Any
    meaning: str
    aliases: tuple[str, ...] = ()
    secret: bool = False
    idle: str = ""
    """Why the setting means nothing here, for one that does not."""

    @property
    def env(self) -> str:
        return "PREFECT_" + self.path.upper().replace(".", "_")

    def parsed(self, raw: Any, source: str) -> Any:
        """The value of what a source says. Raises `ConfigurationError`, which names setting, source and value."""
        if raw is None:
            return None
        try:
            return self.read(raw)
        except (ValueError, TypeError) as error:
            shown = "********" if self.secret else repr(raw)
            raise ConfigurationError(
                f"{self.env} is {shown} in {source}, which is not valid: {error}. It is {self.meaning.lower()}"
            ) from error


def text(raw: Any) -> str:
    return str(raw)


def flag(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().lower()
    if word in ("1", "true", "t", "yes", "y", "on"):
        return True
    if word in ("0", "false", "f", "no", "n", "off"):
        return False
    raise ValueError("expected true or false")


def whole(raw: Any) -> int:
    try:
        return int(raw)
    except ValueError:
        raise ValueError("expected a whole number") from None


def natural(raw: Any) -> int:
    number = whole(raw)
    if number < 0:
        raise ValueError("expected a whole number, 0 or more")
    return number


def positive(raw: Any) -> int:
    number = whole(raw)
    if number < 1:
        raise ValueError("expected a whole number, 1 or more")
    return number


def number(raw: Any) -> float:
    try:
        return float(raw)
    except ValueError:
        raise ValueError("expected a number") from None


def delays(raw: Any) -> Any:
    """A number of seconds, or a list of them."""
    value = json.loads(raw) if isinstance(raw, str) else raw
    return [number(item) for item in value] if isinstance(value, list) else number(value)


def path(raw: Any) -> Path:
    return expanded(Path(raw))


def expanded(given: Path) -> Path:
    """A path whose `~` is the user's folder. Raises `ConfigurationError` where nobody knows that."""
    try:
        return given.expanduser()
    except RuntimeError as error:
        raise ConfigurationError(
            f"The folder {str(given)!r} cannot be found, for this user has no home folder. Set PREFECT_HOME to a "
            "folder that can be written to, or HOME."
        ) from error


def level(raw: Any) -> str:
    name = str(raw).upper()
    if name not in ("DEBUG", "INFO", "WARNING", "WARN", "ERROR", "CRITICAL", "FATAL", "NOTSET"):
        raise ValueError("expected DEBUG, INFO, WARNING, ERROR or CRITICAL")
    return name


def structure(raw: Any) -> Any:
    return json.loads(raw) if isinstance(raw, str) else raw


def names(raw: Any) -> list[str]:
    """Names between commas, or a list of them."""
    listed = json.loads(raw) if isinstance(raw, str) and raw.lstrip().startswith("[") else raw
    parts = listed.split(",") if isinstance(listed, str) else map(str, listed)
    return [name.strip() for name in parts if name.strip()]


def one_of(*words: str) -> Reader:
    def read(raw: Any) -> str:
        if str(raw).lower() not in words:
            raise ValueError(f"expected one of {', '.join(words)}")
        return str(raw).lower()

    return read
