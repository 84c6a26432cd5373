"""Secrets that this process has read are not to be read in its logs, nor what lets one in somewhere.

Whoever reads a secret says so here; what goes into a log line, or into the message of a state, is cleared of it, and of
passwords in addresses and the values of `Authorization`.
"""

from __future__ import annotations

import re
import threading
from bisect import insort
from collections.abc import Iterable

SHORTEST = 6
"""Shorter secrets are let stand: they would be found in many an innocent word."""
MASK = "********"
PASSWORD = re.compile(r"(?P<before>[a-zA-Z][a-zA-Z0-9+.-]*://[^\s/:@'\"]*:)[^\s/'\"]+(?=@)")
"""The password in an address: `postgresql://user:password@host`."""
TOKEN = re.compile(r"(?P<before>https?://)[^\s/:@'\"]+(?=@)", re.IGNORECASE)
"""The user of a web address that has no password: git hosts take a token so."""
AUTHORIZATION = re.compile(
    r"(?P<before>\bauthorization\b['\"]?\s*[:=]\s*(?:[bu](?=['\"]))?['\"]?(?:(?:basic|bearer|digest|token)\s+)?)[^\s'\",;)}\]]+",
    re.IGNORECASE,
)

_secrets: set[str] = set()
_longest_first: list[str] = []
_adding = threading.Lock()


def keep_out_of_logs(secrets: Iterable[str]) -> None:
    """Have these texts replaced by `********` in every log line from now on."""
    long = (secret for secret in secrets if len(secret) >= SHORTEST)
    new = {form for secret in long for form in (secret, repr(secret)[1:-1])} - _secrets
    if not new:
        return
    with _adding:
        for secret in new - _secrets:
            insort(_longest_first, secret, key=_shorter_later)
        _secrets.update(new)


def _shorter_later(secret: str) -> int:
    return -len(secret)


def redacted(text: str) -> str:
    """The text without the secrets that this process has read, and without what it shows of others'."""
    for secret in _longest_first:
        if secret in text:
            text = text.replace(secret, MASK)
    if "://" in text and "@" in text:
        text = TOKEN.sub(_masked, PASSWORD.sub(_masked, text))
    return AUTHORIZATION.sub(_masked, text) if "uthorization" in text.lower() else text


def _masked(found: re.Match[str]) -> str:
    return f"{found['before']}{MASK}"
