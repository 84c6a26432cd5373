"""Text that databases and JSON take: what programs say may hold characters that neither knows."""

from __future__ import annotations


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
