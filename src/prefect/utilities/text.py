"""Small tools for texts that programs import from here."""

from __future__ import annotations

from collections.abc import Iterable

ELLIPSIS = "..."
SHORTEST = 2 * len(ELLIPSIS) + 1


def truncated_to(length: int, value: str | None) -> str:
    """A text of at most so many characters: its begin and its end, with dots between; empty for None."""
    if not value:
        return ""
    if len(value) <= length or length < SHORTEST:
        return value
    kept = length - len(ELLIPSIS)
    end = kept // 2
    return f"{value[: kept - end]}{ELLIPSIS}{value[len(value) - end :]}"


def fuzzy_match_string(word: str, possibilities: Iterable[str], *, n: int = 1, cutoff: float = 0.6) -> str | None:
    """The possibility that is most like a word, or None where none is alike enough (`cutoff`, from 0 to 1)."""
    from difflib import get_close_matches

    found = get_close_matches(word, list(possibilities), n, cutoff)
    return found[0] if found else None


def meaning(word: str, possibilities: Iterable[str]) -> str:
    """The end of a sentence that says which possibility is probably meant; "." where none is alike enough."""
    meant = fuzzy_match_string(word, possibilities)
    return f"; did you mean {meant!r}?" if meant else "."
