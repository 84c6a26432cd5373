"""Door: the schedules, which live in `prefect.client.timing`."""

from prefect.client.timing import CronSchedule, IntervalSchedule, NoSchedule, RRuleSchedule, construct_schedule

__all__ = ["CronSchedule", "IntervalSchedule", "NoSchedule", "RRuleSchedule", "construct_schedule"]
