"""Secrets that this process has read are not to be read in its logs.

Whoever reads a secret says so here; what goes into a log line, or into the message of a state, is cleared of it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable

SHORTEST = 6
"""Shorter secrets are let stand: they would be found in many an innocent word."""
MASK = "********"

_secrets: set[str] = set()
_pattern: re.Pattern[str] | None = None
_adding = threading.Lock()


def keep_out_of_logs(secrets: Iterable[str]) -> None:
    """Have these texts replaced by `********` in every log line from now on."""
    global _pattern
    long = (secret for secret in secrets if len(secret) >= SHORTEST)
    new = {form for secret in long for form in (secret, repr(secret)[1:-1])} - _secrets
    if not new:
        return
    with _adding:
        _secrets.update(new)
        longest_first = sorted(_secrets, key=len, reverse=True)
        _pattern = re.compile("|".join(re.escape(secret) for secret in longest_first))


def redacted(text: str) -> str:
    """The text without the secrets that this process has read."""
    return text if _pattern is None else _pattern.sub(MASK, text)
