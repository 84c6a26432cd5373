"""Why a run that waits is not starting: the first thing that stands in its way, as a word and a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from prefect._domain.flow_runs import FlowRun


class Reason(str, Enum):
    """What a run waits for; NONE means that it does not wait to be started."""

    NONE = "NONE"
    NOT_DUE = "NOT_DUE"
    WAITING_FOR_RETRY = "WAITING_FOR_RETRY"
    NO_DEPLOYMENT = "NO_DEPLOYMENT"
    POOL_PAUSED = "POOL_PAUSED"
    QUEUE_PAUSED = "QUEUE_PAUSED"
    DEPLOYMENT_LIMIT = "DEPLOYMENT_LIMIT"
    POOL_LIMIT = "POOL_LIMIT"
    QUEUE_LIMIT = "QUEUE_LIMIT"
    NOBODY_ASKS = "NOBODY_ASKS"
    CLAIMED = "CLAIMED"
    ABOUT_TO_START = "ABOUT_TO_START"


class Why(NamedTuple):
    """The reason, a sentence for a person, and the moment at which it ends, if it is known."""

    reason: Reason
    message: str
    until: datetime | None = None


class Slots(NamedTuple):
    """How many of a limit's slots are taken; no limit means as many as one likes."""

    taken: int = 0
    limit: int | None = None

    @property
    def are_full(self) -> bool:
        return self.limit is not None and self.taken >= self.limit

    def __str__(self) -> str:
        return f"{self.taken} of {self.limit}"


UNLIMITED = Slots()


@dataclass(frozen=True, slots=True)
class WaitingFacts:
    """What is known of a run and of where it waits; a run of no queue waits for the process that serves it."""

    run: FlowRun
    now: datetime
    deployment_name: str | None = None
    deployment_is_paused: bool = False
    pool_name: str | None = None
    pool_is_paused: bool = False
    pool_slots: Slots = UNLIMITED
    queue_name: str | None = None
    queue_is_paused: bool = False
    queue_slots: Slots = UNLIMITED
    deployment_slots: Slots = UNLIMITED
    last_polled: datetime | None = None
    somebody_asks: bool = False

    @property
    def due(self) -> datetime | None:
        return self.run.next_scheduled_start_time

    @property
    def queue(self) -> str:
        return f"the queue {self.queue_name!r} of the work pool {self.pool_name!r}"


Rule = Callable[[WaitingFacts], Why | None]


def it_does_not_wait(facts: WaitingFacts) -> Why | None:
    """A run that is not scheduled waits for nobody, or has been claimed."""
    state = facts.run.state
    if state is None or not (state.is_scheduled() or state.is_pending()):
        return Why(Reason.NONE, f"The run does not wait to be started: it is {state.name if state else 'stateless'}.")
    if state.is_pending():
        return Why(Reason.CLAIMED, f"Somebody has claimed the run and is starting it: it is {state.name}.")
    return None


def it_has_no_deployment(facts: WaitingFacts) -> Why | None:
    """Nobody starts a run whose deployment is not there."""
    if facts.run.deployment_id is not None and facts.deployment_name is not None:
        return None
    missing = "belongs to no deployment" if facts.run.deployment_id is None else "belongs to a deployment that is gone"
    return Why(Reason.NO_DEPLOYMENT, f"The run {missing}, so nobody else can start it.")


def it_is_not_due(facts: WaitingFacts) -> Why | None:
    """A run starts at its time; a retry when its delay is over."""
    if facts.due is None or facts.due <= facts.now or facts.run.state_name == "AwaitingConcurrencySlot":
        return None
    at = f"{facts.due:%Y-%m-%d %H:%M:%S} UTC"
    if facts.run.state_name == "AwaitingRetry":
        return Why(Reason.WAITING_FOR_RETRY, f"The run is tried again at {at}.", facts.due)
    paused = " Its deployment is paused, so its schedules plan no further runs." if facts.deployment_is_paused else ""
    return Why(Reason.NOT_DUE, f"The run is due at {at}.{paused}", facts.due)


def its_pool_is_paused(facts: WaitingFacts) -> Why | None:
    """A paused pool starts nothing."""
    if not facts.pool_is_paused:
        return None
    resume = f"`prefect work-pool resume {facts.pool_name}` lets its runs start."
    return Why(Reason.POOL_PAUSED, f"The work pool {facts.pool_name!r} is paused; {resume}")


def its_queue_is_paused(facts: WaitingFacts) -> Why | None:
    """A paused queue starts nothing."""
    return Why(Reason.QUEUE_PAUSED, f"It waits in {facts.queue}, which is paused.") if facts.queue_is_paused else None


def its_deployment_is_full(facts: WaitingFacts) -> Why | None:
    """A run of a limited deployment waits for a slot."""
    if not facts.deployment_slots.are_full:
        return None
    taken = f"{facts.deployment_slots} runs of the deployment {facts.deployment_name!r} are under way"
    return Why(Reason.DEPLOYMENT_LIMIT, f"{taken}, which is its concurrency limit.")


def its_pool_is_full(facts: WaitingFacts) -> Why | None:
    """A limited pool starts no more than its limit."""
    if not facts.pool_slots.are_full:
        return None
    taken = f"{facts.pool_slots} runs of the work pool {facts.pool_name!r} are under way"
    return Why(Reason.POOL_LIMIT, f"{taken}, which is its concurrency limit.")


def its_queue_is_full(facts: WaitingFacts) -> Why | None:
    """A limited queue starts no more than its limit."""
    if not facts.queue_slots.are_full:
        return None
    return Why(
        Reason.QUEUE_LIMIT, f"{facts.queue_slots} runs of {facts.queue} are under way, which is its concurrency limit."
    )


def nobody_asks_for_it(facts: WaitingFacts) -> Why | None:
    """Somebody must ask for a run to start it: a worker of its pool, or the process that serves its deployment."""
    if facts.somebody_asks:
        return None
    last = f"the last time was {facts.last_polled:%Y-%m-%d %H:%M:%S} UTC" if facts.last_polled else "nobody ever has"
    if facts.pool_name is None:
        hint = "Is the program running that serves it?"
        return Why(
            Reason.NOBODY_ASKS, f"Nobody asks for runs of the deployment {facts.deployment_name!r}; {last}. {hint}"
        )
    hint = f"`prefect worker start --pool {facts.pool_name}` starts a worker."
    return Why(Reason.NOBODY_ASKS, f"No worker asks for the runs of {facts.queue}; {last}. {hint}")


RULES: tuple[Rule, ...] = (
    it_does_not_wait,
    it_has_no_deployment,
    it_is_not_due,
    its_pool_is_paused,
    its_queue_is_paused,
    its_deployment_is_full,
    its_pool_is_full,
    its_queue_is_full,
    nobody_asks_for_it,
)
"""What can stand in a run's way, the most telling first."""


def reason_not_started(facts: WaitingFacts) -> Why:
    """Why a run is not starting."""
    for rule in RULES:
        why = rule(facts)
        if why is not None:
            return why
    busy = "Whoever asks for it is about to start it, or has as many runs at work as it may."
    return Why(Reason.ABOUT_TO_START, f"Nothing stands in its way. {busy}")
