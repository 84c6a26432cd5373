"""Why a run is not starting, in JSON."""

from __future__ import annotations

from datetime import datetime

from prefect._domain.waiting_reasons import Reason
from prefect._wire.models import Answer


class WaitingReason(Answer):
    """What a run waits for, a sentence that says so, and the moment at which it ends, if it is known."""

    reason: Reason
    message: str
    until: datetime | None
