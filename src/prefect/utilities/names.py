"""Names and secrets as they are shown, for programs that import these tools from here."""

from __future__ import annotations

from random import choice
from typing import Any

SHOWN = 8
TAIL = 2
WORDS = ("amber", "brave", "calm", "clear", "deep", "early", "fern", "gold", "green", "harbor", "ivory", "jade", "kind")
MORE = ("lake", "lark", "maple", "meadow", "moss", "north", "oak", "pine", "quiet", "river", "sage", "tern", "willow")


def generate_slug(n_words: int) -> str:
    """So many words, chosen at random and joined by dashes."""
    return "-".join(choice(WORDS + MORE) for _ in range(n_words))


def obfuscate(s: Any, show_tail: bool = False) -> str:
    """Asterisks in the place of a secret, which may be a `SecretStr`; never its length."""
    return obfuscate_string(s.get_secret_value() if hasattr(s, "get_secret_value") else str(s), show_tail)


def obfuscate_string(s: str, show_tail: bool = False) -> str:
    """Asterisks in the place of a text; with `show_tail`, the last two characters of one that is long enough."""
    if not show_tail or len(s) <= SHOWN:
        return "*" * SHOWN
    return "*" * (SHOWN - TAIL) + s[-TAIL:]
