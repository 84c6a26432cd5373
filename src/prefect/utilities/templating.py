"""Placeholders in values: `{{ name }}`, `{{ step.output }}`, `{{ $VARIABLE }}`, `{{ prefect.variables.name }}`.

Nothing is evaluated: a placeholder is a name that is looked up. A text that is one placeholder takes the value with its
type; within a longer text the value becomes text. What is put in is not looked through again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

BLOCKS = "prefect.blocks."
VARIABLES = "prefect.variables."
PLACEHOLDER = re.compile(r"\{\{\s*(?P<name>\$?[A-Za-z_][\w.-]*)\s*\}\}")
DEEPEST = 100


class Unknown:
    """Says that a look-up has nothing for a placeholder, which then stays as it is."""


UNKNOWN = Unknown()
Lookup = Callable[[str], Any]
"""Gives what a placeholder's name stands for, or `UNKNOWN`."""


class Placeholder(NamedTuple):
    """A placeholder as it stands in a text, and the name in it."""

    text: str
    name: str


def find_placeholders(template: Any) -> set[Placeholder]:
    """All placeholders in a value, however deep."""
    return {
        Placeholder(found.group(), found["name"]) for text in _texts(template) for found in PLACEHOLDER.finditer(text)
    }


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple, set)):
        for item in value:
            yield from _texts(item)


def filled(template: Any, look_up: Lookup, depth: int = 0) -> Any:
    """The template with what its placeholders stand for; those that the look-up does not know stay as they are.

    Raises `ValueError` for a template nested deeper than 100 levels.
    """
    if depth > DEEPEST:
        raise ValueError(f"The template is nested deeper than {DEEPEST} levels.")
    if isinstance(template, str):
        return _filled_text(template, look_up)
    if isinstance(template, Mapping):
        return {key: filled(value, look_up, depth + 1) for key, value in template.items()}
    if isinstance(template, (list, tuple)):
        return type(template)(filled(value, look_up, depth + 1) for value in template)
    return template


def _filled_text(template: str, look_up: Lookup) -> Any:
    whole = PLACEHOLDER.fullmatch(template.strip())
    if whole is not None:
        value = look_up(whole["name"])
        return template if value is UNKNOWN else value
    return PLACEHOLDER.sub(lambda found: _as_text(found, look_up), template)


def _as_text(found: re.Match[str], look_up: Lookup) -> str:
    value = look_up(found["name"])
    if value is UNKNOWN:
        return found.group()
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else str(value)


def values_in(values: Mapping[str, Any]) -> Lookup:
    """Looks up a name, or a dotted way through mappings such as `build.image`."""

    def look_up(name: str) -> Any:
        if name in values:
            return values[name]
        return inside(values, name)

    return look_up


def inside(value: Any, way: str) -> Any:
    """What a dotted way leads to through mappings; `UNKNOWN` where it leads nowhere. Attributes are not looked at."""
    for part in way.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return UNKNOWN
        value = value[part]
    return value


def variables_in(environment: Mapping[str, str]) -> Lookup:
    """Looks up `$NAME` in an environment. Raises `ValueError` where it is not set."""

    def look_up(name: str) -> Any:
        if not name.startswith("$"):
            return UNKNOWN
        if name[1:] not in environment:
            raise ValueError(f"The template names the environment variable {name[1:]!r}, which is not set here.")
        return environment[name[1:]]

    return look_up


def first_of(*lookups: Lookup) -> Lookup:
    """Asks several look-ups in turn."""

    def look_up(name: str) -> Any:
        return next((value for ask in lookups if (value := ask(name)) is not UNKNOWN), UNKNOWN)

    return look_up


def apply_values(template: Any, values: Mapping[str, Any]) -> Any:
    """The template with the values that its placeholders name; others stay as they are."""
    return filled(template, values_in(values))


__all__ = ["UNKNOWN", "Lookup", "Placeholder", "apply_values", "filled", "find_placeholders"]
