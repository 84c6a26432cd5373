"""Texts as parts of addresses and names: small letters, digits and dashes."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable

OTHERS = re.compile(r"[^-a-zA-Z0-9]+")
OTHERS_UNICODE = re.compile(r"[^-\w]+|_+")
SPELT = str.maketrans({"ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "œ": "oe", "ł": "l", "Ł": "L", "đ": "d"})


def slugify(
    text: str,
    entities: bool = True,
    decimal: bool = True,
    hexadecimal: bool = True,
    max_length: int = 0,
    word_boundary: bool = False,
    separator: str = "-",
    save_order: bool = False,
    stopwords: Iterable[str] = (),
    regex_pattern: str | re.Pattern[str] | None = None,
    lowercase: bool = True,
    replacements: Iterable[Iterable[str]] = (),
    allow_unicode: bool = False,
) -> str:
    """A text as small letters, digits and separators; letters with marks lose these, signs become separators.

    At most `max_length` characters (0: no bound), cut between words with `word_boundary`. `regex_pattern` matches what
    becomes a separator. `save_order` is taken for older programs.
    """
    for old, new in replacements:
        text = text.replace(old, new)
    text = html.unescape(text) if entities or decimal or hexadecimal else text
    text = unicodedata.normalize("NFKC", text) if allow_unicode else _ascii(text)
    text = text.lower() if lowercase else text
    text = re.sub(r"['\"]+", "-", re.sub(r"(?<=\d),(?=\d)", "", text))
    text = re.sub(regex_pattern or (OTHERS_UNICODE if allow_unicode else OTHERS), "-", text)
    without = set(stopwords)
    words = [word for word in text.split("-") if word and word not in without]
    return _cut(words, max_length, word_boundary).replace("-", separator)


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text.translate(SPELT)).encode("ascii", "ignore").decode()


def _cut(words: list[str], max_length: int, word_boundary: bool) -> str:
    whole = "-".join(words)
    if not max_length or len(whole) <= max_length:
        return whole
    if not word_boundary:
        return whole[:max_length].strip("-")
    kept = ""
    for word in words:
        if len(kept) + len(word) + bool(kept) > max_length:
            break
        kept = f"{kept}-{word}" if kept else word
    return kept or whole[:max_length]
