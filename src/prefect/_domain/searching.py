"""What somebody who looks for words in a text writes.

    error timeout          one of the words
    +error +timeout        both
    "connection lost"      these words in a row
    error -debug !trace    none of the words with a sign before them

Case does not count. A backslash takes a sign or a quote as it is.

A pattern is a regular expression as Rust's `regex` knows them, which pydantic brings along: a search takes a time that
grows with the text alone, so that nobody's pattern keeps a server busy for ever. It neither looks around nor back.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

LONGEST = 200
"""Characters of a search."""
TERM = re.compile(r'([-!+]?)(?:"((?:[^"\\]|\\.)*)"?|((?:[^\s\\]|\\.)+))')
ESCAPED = re.compile(r"\\(.)")


class Search(NamedTuple):
    """A text is meant that holds one of `any`, all of `all` and none of `none`; nothing in `any` asks for nothing."""

    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()


def read_search(raw: Any) -> Search:
    """The search that somebody wrote. Raises `ValueError` for one that is no text, or too long."""
    if not isinstance(raw, str):
        raise ValueError(f"{raw!r} is no text")
    if len(raw) > LONGEST:
        raise ValueError(f"a search has at most {LONGEST} characters, not {len(raw)}")
    found: dict[str, list[str]] = {"": [], "+": [], "-": []}
    for sign, quoted, word in TERM.findall(raw):
        term = ESCAPED.sub(r"\1", quoted or word)
        if term:
            found["-" if sign == "!" else sign].append(term)
    return Search(tuple(found[""]), tuple(found["+"]), tuple(found["-"]))


def read_pattern(raw: Any) -> str:
    """The pattern that somebody wrote. Raises `ValueError` for one that is no text, too long, or not to be read."""
    if not isinstance(raw, str):
        raise ValueError(f"{raw!r} is no text")
    if len(raw) > LONGEST:
        raise ValueError(f"a pattern has at most {LONGEST} characters, not {len(raw)}")
    holder_of(raw)
    return raw


@lru_cache(maxsize=64)
def holder_of(pattern: str) -> Callable[[str], bool]:
    """Whether a text holds what a pattern means; case does not count. Raises `ValueError` where it cannot be read."""
    from pydantic_core import SchemaError, SchemaValidator, core_schema

    try:
        return SchemaValidator(
            core_schema.str_schema(pattern=f"(?i:{pattern})", regex_engine="rust-regex")
        ).isinstance_python
    except SchemaError as error:
        told = [line for line in str(error).splitlines() if line.startswith("error:")]
        why = told[0].removeprefix("error: ") if told else "it cannot be read"
        raise ValueError(f"{pattern!r} is no pattern: {why}") from None
