"""What the server says of itself."""

from __future__ import annotations

from prefect._wire.models import Answer


class Ready(Answer):
    message: str
