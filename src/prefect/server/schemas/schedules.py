"""Door: the schedules, which live in `prefect._domain.schedules`."""

from prefect._domain.schedules import CronSchedule, IntervalSchedule, RRuleSchedule

__all__ = ["CronSchedule", "IntervalSchedule", "RRuleSchedule"]
