"""Service level agreements: a hosted service watches over them, and nothing here does.

Programs that make them run; where a deployment is given one, a line says that it has no effect (`NO_AGREEMENTS`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from prefect._outside.models import PrefectBaseModel


class ServiceLevelAgreement(PrefectBaseModel):
    """What all agreements say."""

    name: str
    severity: Literal["minor", "low", "moderate", "high", "critical"] = "moderate"
    enabled: bool | None = True


class TimeToCompletionSla(ServiceLevelAgreement):
    """Runs end within so many seconds."""

    duration: int


class FrequencySla(ServiceLevelAgreement):
    """A run ends well at least so often."""

    stale_after: timedelta


class LatenessSla(ServiceLevelAgreement):
    """Runs start within so much time after they were due."""

    within: timedelta


SlaTypes = TimeToCompletionSla | LatenessSla | FrequencySla
"""Any agreement."""

__all__ = ["FrequencySla", "LatenessSla", "ServiceLevelAgreement", "SlaTypes", "TimeToCompletionSla"]
