"""Placeholders in values: `{{ name }}`, `{{ step.output }}`, `{{ $VARIABLE }}`, `{{ prefect.variables.name }}`.

Nothing is evaluated: a placeholder is a name that is looked up. A text that is one placeholder takes the value with its
type; within a longer text the value becomes text. What is put in is not looked through again.
"""

from __future__ import annotations

import enum
import json
import os
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from prefect.utilities.annotations import NotSet
from prefect.utilities.lazy_names import lazy_names

BLOCKS = "prefect.blocks."
VARIABLES = "prefect.variables."
PLACEHOLDER = re.compile(r"\{\{\s*(?P<name>\$?[A-Za-z_](?:[\w.-]|\[\d+\])*)\s*\}\}")
STEP = re.compile(r"\.|\[(?=\d)")
"""What stands between the parts of a way into a value: `a.b`, `a[0]`, `a.0`."""
DEEPEST = 100


class Unknown:
    """Says that a look-up has nothing for a placeholder, which then stays as it is."""


UNKNOWN = Unknown()
Lookup = Callable[[str], Any]
"""Gives what a placeholder's name stands for, or `UNKNOWN`."""


class PlaceholderType(enum.Enum):
    """What a placeholder names: a value, a block, a variable, or one of the environment."""

    STANDARD = "standard"
    BLOCK_DOCUMENT = "block_document"
    VARIABLE = "variable"
    ENV_VAR = "env_var"


def determine_placeholder_type(name: str) -> PlaceholderType:
    """What a placeholder of that name stands for."""
    if name.startswith("$"):
        return PlaceholderType.ENV_VAR
    if name.startswith(BLOCKS):
        return PlaceholderType.BLOCK_DOCUMENT
    return PlaceholderType.VARIABLE if name.startswith(VARIABLES) else PlaceholderType.STANDARD


class Placeholder(NamedTuple):
    """A placeholder as it stands in a text, and the name in it."""

    full_match: str
    name: str

    @property
    def type(self) -> PlaceholderType:
        return determine_placeholder_type(self.name)


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

    What stands for nothing (`NotSet`) is left out: of a mapping with its key, of a text as an empty one.

    Raises `ValueError` for a template nested deeper than 100 levels.
    """
    if depth > DEEPEST:
        raise ValueError(f"The template is nested deeper than {DEEPEST} levels.")
    if isinstance(template, str):
        return _filled_text(template, look_up)
    if isinstance(template, Mapping):
        items = ((key, filled(value, look_up, depth + 1)) for key, value in template.items())
        return {key: value for key, value in items if value is not NotSet}
    if isinstance(template, (list, tuple)):
        values = (filled(value, look_up, depth + 1) for value in template)
        return type(template)(value for value in values if value is not NotSet)
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
    return "" if value is None or value is NotSet else str(value)


def values_in(values: Mapping[str, Any]) -> Lookup:
    """Looks up a name, or a dotted way through mappings such as `build.image`."""

    def look_up(name: str) -> Any:
        if name in values:
            return values[name]
        return inside(values, name)

    return look_up


def inside(value: Any, way: str) -> Any:
    """What a way such as `a.b[0]` leads to through mappings and lists; `UNKNOWN` where it leads nowhere.

    Attributes are not looked at.
    """
    for part in STEP.split(way):
        value = _next(value, part.rstrip("]"))
    return value


def _next(value: Any, part: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(part, UNKNOWN)
    if isinstance(value, (list, tuple)) and part.isdigit() and int(part) < len(value):
        return value[int(part)]
    return UNKNOWN


def _refused(name: str) -> Any:
    raise ValueError(f"The template names the environment variable {name!r}, which is not set here.")


def variables_in(environment: Mapping[str, str], unset: Lookup = _refused) -> Lookup:
    """Looks up `$NAME` in an environment; `unset` says what one stands for that is not there, or raises.

    By itself it raises `ValueError`.
    """

    def look_up(name: str) -> Any:
        if not name.startswith("$"):
            return UNKNOWN
        return environment[name[1:]] if name[1:] in environment else unset(name[1:])

    return look_up


def first_of(*lookups: Lookup) -> Lookup:
    """Asks several look-ups in turn."""

    def look_up(name: str) -> Any:
        return next((value for ask in lookups if (value := ask(name)) is not UNKNOWN), UNKNOWN)

    return look_up


def apply_values(
    template: Any,
    values: Mapping[str, Any],
    remove_notset: bool = True,
    warn_on_notset: bool = False,
    skip_prefixes: Sequence[str] | None = None,
) -> Any:
    """The template with the values that its placeholders name; `$NAME` is a variable of the environment.

    What has no value is left out, with its key or from its list, and is an empty text within a longer one; with
    `remove_notset=False` it stays as it is. Placeholders of blocks and variables, or those that begin with
    `skip_prefixes`, always stay.
    """
    kept = tuple(skip_prefixes) if skip_prefixes is not None else (BLOCKS, VARIABLES)

    def look_up(name: str) -> Any:
        if name.startswith(kept):
            return UNKNOWN
        value = os.environ.get(name[1:], "" if remove_notset else UNKNOWN) if name[0] == "$" else known(name)
        if value is not UNKNOWN:
            return value
        if warn_on_notset:
            warnings.warn(f"The template names {name!r}, for which there is no value.", stacklevel=2)
        return NotSet if remove_notset else UNKNOWN

    known = values_in(values)
    return filled(template, look_up)


HOMES = {
    "resolve_block_document_references": "prefect._outside.templates",
    "resolve_variables": "prefect._outside.templates",
}
"""What asks the orchestrator is above this floor."""
__getattr__ = lazy_names(__name__, HOMES)

__all__ = [
    "UNKNOWN",
    "Lookup",
    "Placeholder",
    "PlaceholderType",
    "apply_values",
    "determine_placeholder_type",
    "filled",
    "find_placeholders",
]
