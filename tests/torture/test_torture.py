"""A short torture, and a mutant that it must notice; `python -m tests.torture` has the long ones, and all mutants."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from tests.torture.campaign import Campaign
from tests.torture.nemesis import Nemesis
from tests.torture.workload import OFFERS, Offer, Workload
from tests.torture.world import World

pytestmark = pytest.mark.long


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a world is; what a failed test leaves there tells what happened."""
    world = tmp_path / "world"
    world.mkdir()
    return world


def test_an_installation_that_is_tortured_keeps_its_promises(folder: Path) -> None:
    with closing(World(folder)) as world:
        outcome = Campaign(world, seed=7).run(10)

    assert [str(violation) for violation in outcome.violations] == []
    assert outcome.strikes > 5
    assert outcome.runs > 10


def test_more_holders_than_slots_are_noticed(folder: Path) -> None:
    probes = tuple(offer._replace(often=0) for offer in OFFERS if offer.flow == "steps")
    offers = (*probes, Offer("holding", "http", 1, {"seconds": 1.5}), Offer("holding", "local", 1, {"seconds": 1.5}))

    with closing(World(folder, mutant="no-line")) as world:
        workload, nemesis = Workload(world, offers, {Workload.run: 1}), Nemesis(world, {Nemesis.reset: 1})
        outcome = Campaign(world, 1, workload=workload, nemesis=nemesis).run(5)

    assert "I6" in outcome.broken


def test_two_runs_of_one_time_are_noticed(folder: Path) -> None:
    offers = tuple(offer for offer in OFFERS if offer.flow in ("steps", "tick"))

    with closing(World(folder, mutant="no-unique-slots")) as world:
        workload, nemesis = Workload(world, offers, {Workload.plan_ahead: 1}), Nemesis(world, {Nemesis.reset: 1})
        outcome = Campaign(world, 1, workload=workload, nemesis=nemesis).run(3)

    assert "I1" in outcome.broken


def test_events_that_never_come_are_noticed(folder: Path) -> None:
    offers = tuple(offer for offer in OFFERS if offer.flow == "steps")

    with closing(World(folder, mutant="turns-of-one-s-own")) as world:
        workload, nemesis = Workload(world, offers, {Workload.run: 1}), Nemesis(world, {Nemesis.reset: 1})
        outcome = Campaign(world, 1, workload=workload, nemesis=nemesis).run(3)

    assert "I19" in outcome.broken
