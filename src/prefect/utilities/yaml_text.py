"""YAML read and written: only plain values, and no more of them than the text is worth.

An alias repeats what its anchor stands for; a few lines can so stand for billions of values. A text whose values, all
aliases followed, are too many is refused before it is read. PyYAML is loaded by the first call.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

MOST_VALUES = 100_000
MOST_BYTES = 5_000_000


def read_yaml(text: str, place: str = "The text") -> Any:
    """The value that a text holds. Raises `ValueError`, which names `place`, for what is no YAML or is too much."""
    import yaml

    if len(text) > MOST_BYTES:
        raise ValueError(f"{place} has {len(text)} characters; at most {MOST_BYTES} are read.")
    try:
        node = yaml.compose(text, yaml.SafeLoader)
        if node is not None:
            _require_few(node, place)
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"{place} is no YAML: {_fault(error)}") from error


def read_yaml_file(file: Path) -> Any:
    """The value that a file holds. Raises `ValueError`, and `FileNotFoundError`."""
    return read_yaml(file.read_text(encoding="utf-8"), repr(str(file)))


def written_yaml(value: Any) -> str:
    """A plain value as YAML, in its own order."""
    import yaml

    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True)
    return text


def _fault(error: Any) -> str:
    """What is wrong and where, in one line."""
    mark = getattr(error, "problem_mark", None)
    place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark is not None else ""
    return " ".join(f"{getattr(error, 'problem', None) or error}{place}".split())


def _require_few(node: Any, place: str) -> None:
    """Raise `ValueError` where a text stands for too many values, or for one that holds itself."""
    counts: dict[int, int] = {}
    waiting = [(node, False)]
    open_nodes: set[int] = set()
    while waiting:
        current, is_done = waiting.pop()
        if is_done:
            open_nodes.discard(id(current))
            counts[id(current)] = 1 + sum(counts.get(id(child), 1) for child in _children(current))
            if counts[id(current)] > MOST_VALUES:
                raise ValueError(f"{place} stands for more than {MOST_VALUES} values.")
        elif id(current) in open_nodes:
            raise ValueError(f"{place} holds a value that holds itself.")
        elif id(current) not in counts:
            open_nodes.add(id(current))
            waiting.append((current, True))
            waiting.extend((child, False) for child in _children(current))


def _children(node: Any) -> list[Any]:
    if not isinstance(node.value, list):
        return []
    return [part for item in node.value for part in (item if isinstance(item, tuple) else (item,))]
