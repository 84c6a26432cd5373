"""Values as a command line gives them: JSON, or else text; `name=value` pairs; files."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prefect.cli.running import CommandError


def parsed(text: str) -> Any:
    """The JSON that a text is, or the text itself."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def pairs(given: Sequence[str] | None, option: str) -> dict[str, Any]:
    """What `name=value` options say; values are JSON, or else text. Raises `CommandError`."""
    found = {}
    for pair in given or ():
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise CommandError(f"{option} {pair!r} is no name=value, such as {option} limit=10.")
        found[name] = parsed(value)
    return found


def json_object(text: str, option: str) -> dict[str, Any]:
    """The JSON object that a text is. Raises `CommandError`."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise CommandError(
            f"{option} is no JSON: {error.msg} (line {error.lineno}, column {error.colno}). "
            f"""Write it as {option} '{{"name": "value"}}'."""
        ) from None
    if not isinstance(value, dict):
        raise CommandError(f"""{option} must be a JSON object, such as {option} '{{"name": "value"}}'.""")
    return value


def json_of_file(file: Path) -> dict[str, Any]:
    """The JSON object in a file; `-` is the standard input. Raises `CommandError`."""
    if str(file) == "-":
        return json_object(sys.stdin.read(), "The standard input")
    try:
        return json_object(file.read_text(encoding="utf-8"), str(file))
    except FileNotFoundError:
        raise CommandError(f"There is no file {str(file)!r}.") from None
