"""Door: the schedules, which live in `prefect.client.timing`."""

from prefect._domain.schedules.zones import is_valid_timezone
from prefect.client.timing import (
    CronSchedule,
    IntervalSchedule,
    NoSchedule,
    RRuleSchedule,
    construct_schedule,
    is_schedule_type,
)

__all__ = [
    "is_valid_timezone",
    "is_schedule_type",
    "CronSchedule",
    "IntervalSchedule",
    "NoSchedule",
    "RRuleSchedule",
    "construct_schedule",
]
