"""A filter that keeps the key of the API out of records, for handlers that know nothing of secrets."""

from __future__ import annotations

import logging
from typing import Any

from prefect._engine.redaction import MASK
from prefect.settings import get_current_settings
from prefect.utilities.collections import visit_collection


def redact_substr(obj: Any, substr: str) -> Any:
    """The value with a text masked wherever it stands in it, also inside of collections."""

    def masked(part: Any) -> Any:
        return part.replace(substr, MASK) if isinstance(part, str) else part

    return visit_collection(obj, masked, return_data=True)


class ObfuscateApiKeyFilter(logging.Filter):
    """Masks the key of the API in what a record says; it lets every record through."""

    def filter(self, record: logging.LogRecord) -> bool:
        key = get_current_settings().api.key
        if key:
            record.msg = redact_substr(record.msg, key)
            record.args = redact_substr(record.args, key)
        return True


__all__ = ["ObfuscateApiKeyFilter", "redact_substr"]
