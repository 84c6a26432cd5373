"""How many runs of a deployment may be at work, and what becomes of one too many."""

from __future__ import annotations

from dataclasses import dataclass

from prefect._domain.transitions.facts import CollisionStrategy


@dataclass(frozen=True)
class ConcurrencyLimitConfig:
    """At most `limit` runs at once; one more waits for its turn, or is cancelled with `CANCEL_NEW`.

    `grace_period_seconds` is what a run may take from being claimed to running until its place is given away.
    """

    limit: int
    collision_strategy: CollisionStrategy = CollisionStrategy.ENQUEUE
    grace_period_seconds: int | None = None

    def __post_init__(self) -> None:
        if self.limit < 0:
            raise ValueError(f"A concurrency limit is 0 or more; it is {self.limit}.")
        if self.grace_period_seconds is not None and not 60 <= self.grace_period_seconds <= 86_400:
            raise ValueError(f"A grace period is 60 to 86400 seconds; it is {self.grace_period_seconds}.")
        object.__setattr__(self, "collision_strategy", CollisionStrategy(self.collision_strategy))


def limit_of(told: int | ConcurrencyLimitConfig | dict[str, object] | None) -> ConcurrencyLimitConfig | None:
    """The limit as a value. Raises `TypeError` and `ValueError`."""
    if told is None or isinstance(told, ConcurrencyLimitConfig):
        return told
    if isinstance(told, int) and not isinstance(told, bool):
        return ConcurrencyLimitConfig(told)
    if isinstance(told, dict):
        return ConcurrencyLimitConfig(**told)  # type: ignore[arg-type]  # as a file has it; the class checks
    if hasattr(told, "limit"):
        strategy = getattr(told, "collision_strategy", CollisionStrategy.ENQUEUE)
        return ConcurrencyLimitConfig(told.limit, strategy, getattr(told, "grace_period_seconds", None))
    raise TypeError(f"A concurrency limit is a number or a ConcurrencyLimitConfig; it is {told!r}.")
