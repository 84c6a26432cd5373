"""Texts in which addresses stand: prefect-bitbucket, -github, -gitlab."""

from __future__ import annotations

import re
from collections.abc import Iterable

USER_INFO = re.compile(r"(?P<scheme>https?://)[^\s/'\"]+@", re.IGNORECASE)
MASK = "***"


def strip_auth_from_urls_in_text(text: str, extra_secrets: Iterable[str] | None = None) -> str:
    """A text without the users and passwords in the web addresses in it, and with asterisks for further secrets."""
    cleared = USER_INFO.sub(r"\g<scheme>", text)
    for secret in sorted(filter(None, extra_secrets or ()), key=len, reverse=True):
        cleared = cleared.replace(secret, MASK)
    return cleared
