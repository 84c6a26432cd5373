"""The schedules of a deployment, as they may be said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prefect._wire.schedules import DeploymentScheduleCreate
from prefect.client.timing import CronSchedule, IntervalSchedule, RRuleSchedule

FlexibleScheduleList = Sequence[
    DeploymentScheduleCreate | dict[str, Any] | CronSchedule | IntervalSchedule | RRuleSchedule
]

__all__ = ["FlexibleScheduleList"]
