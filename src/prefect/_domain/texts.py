"""Text that databases and JSON take: what programs say may hold characters that neither knows."""

from __future__ import annotations

from typing import Any


def mended(text: str) -> str:
    """The text, with a replacement character in the place of each zero byte and lone surrogate.

    Surrogates come from the names of files and the output of programs that are not UTF-8.
    """
    if text.isascii():
        return text.replace("\0", "�")
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\0", "�")


_SHOWN = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n"}
"""What a terminal would obey, as Python writes it."""
_SHOWN_IN_A_LINE = {**_SHOWN, ord("\n"): "\\n", ord("\t"): "\\t"}


def harmless(text: str, *, one_line: bool = False) -> str:
    """The text with each character that a terminal obeys as Python writes it: `\\x1b` for Escape.

    Ends of lines and tabs stay, unless it has to be `one_line`.
    """
    return text if text.isprintable() else text.translate(_SHOWN_IN_A_LINE if one_line else _SHOWN)


def mended_within(value: Any) -> Any:
    """A value of lists and mappings, every text in it mended."""
    match value:
        case str():
            return mended(value)
        case dict():
            return {mended_within(key): mended_within(held) for key, held in value.items()}
        case list() | tuple() | set() | frozenset():
            return [mended_within(held) for held in value]
    return value
