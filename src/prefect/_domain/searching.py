"""What somebody who looks for words in a text writes.

    error timeout          one of the words
    +error +timeout        both
    "connection lost"      these words in a row
    error -debug !trace    none of the words with a sign before them

Case does not count. A backslash takes a sign or a quote as it is.
"""

from __future__ import annotations

import re
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
