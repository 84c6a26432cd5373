"""When a schedule's runs are due: by cron expression, at intervals, or by recurrence rule (RFC 5545).

Each schedule is a value with `occurrences(start)`: its times from `start` on, in UTC, without end unless it has one.
"""

from prefect._domain.schedules.cron import CronSchedule
from prefect._domain.schedules.interval import IntervalSchedule
from prefect._domain.schedules.rrule import RRuleSchedule

Schedule = CronSchedule | IntervalSchedule | RRuleSchedule

__all__ = ["CronSchedule", "IntervalSchedule", "RRuleSchedule", "Schedule"]
