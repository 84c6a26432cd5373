"""Door: the schedules, which live in `prefect.client.timing`."""

from prefect.client.timing import CronSchedule, IntervalSchedule, RRuleSchedule

__all__ = ["CronSchedule", "IntervalSchedule", "RRuleSchedule"]
