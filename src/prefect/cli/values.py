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
            raise CommandError(f"{option} takes name=value, such as {option} limit=10; {pair!r} is none.")
        found[name] = parsed(value)
    return found


def job_variables(words: Sequence[str] | None) -> dict[str, Any]:
    """`name=value` words for a job template; variables of the environment, such as `env.DEBUG=1`, stay texts."""
    found = pairs(words, "--job-variable")
    texts = dict(word.partition("=")[::2] for word in words or ())
    return {name: texts[name] if name.startswith("env.") else value for name, value in found.items()}


def json_object(text: str | None, option: str) -> dict[str, Any]:
    """The JSON object that a text is; `-` is the standard input, and no text an empty one. Raises `CommandError`."""
    if text is None:
        return {}
    try:
        value = json.loads(sys.stdin.read() if text == "-" else text)
    except json.JSONDecodeError as error:
        raise CommandError(
            f"{option} is no JSON: {error.msg} (line {error.lineno}, column {error.colno}). It takes a JSON object, "
            """such as '{"name": "value"}'."""
        ) from None
    if not isinstance(value, dict):
        raise CommandError(f"""{option} takes a JSON object, such as '{{"name": "value"}}'.""")
    return value


def json_of_file(file: Path) -> dict[str, Any]:
    """The JSON object in a file; `-` is the standard input. Raises `CommandError`."""
    if str(file) == "-":
        return json_object("-", "The standard input")
    try:
        return json_object(file.read_text(encoding="utf-8"), str(file))
    except FileNotFoundError:
        raise CommandError(f"There is no file {str(file)!r}.") from None
