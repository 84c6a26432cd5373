"""What a rule may say of a proposed transition.

A rule that has nothing to say returns None. `Amend` changes the proposal or the run's policy and lets the next rules
speak; the other three end the consultation.
"""

from __future__ import annotations

from typing import NamedTuple

from prefect._domain.flow_runs import FlowRunPolicy
from prefect._domain.states import State


class Amend(NamedTuple):
    """Go on with this state, or this policy, instead."""

    state: State | None = None
    policy: FlowRunPolicy | None = None
    take_slot: bool = False


class Reject(NamedTuple):
    """Enter `state` instead of the proposed one; None keeps the run where it is."""

    state: State | None
    reason: str
    policy: FlowRunPolicy | None = None


class Wait(NamedTuple):
    """Write nothing; propose again after `seconds`."""

    seconds: int
    reason: str


class Abort(NamedTuple):
    """Write nothing; whoever proposed must leave the run alone."""

    reason: str


class Accept(NamedTuple):
    """Enter `state`, which is the proposed one as the rules amended it."""

    state: State
    policy: FlowRunPolicy | None = None
    take_slot: bool = False


Opinion = Amend | Reject | Wait | Abort | None
Verdict = Accept | Reject | Wait | Abort
