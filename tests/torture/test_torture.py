"""A short torture, and mutants that it must notice; `python -m tests.torture` has the long ones."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from tests.torture.campaign import Campaign
from tests.torture.nemesis import Deed, Nemesis
from tests.torture.workload import OFFERS, Workload
from tests.torture.world import World


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


AIMED: dict[str, tuple[dict[Deed, int], str]] = {
    "torn-results": ({Nemesis.kill_child: 1}, "I12"),
    "deferred-writes": ({Nemesis.reset: 1}, "I11"),
}
"""Mutants that are soon noticed, with what brings them out and the invariant that they break."""


@pytest.mark.parametrize("mutant", AIMED)
def test_a_mutant_is_noticed(folder: Path, mutant: str) -> None:
    deeds, invariant = AIMED[mutant]

    with closing(World(folder, mutant=mutant)) as world:
        steps = tuple(offer for offer in OFFERS if offer.flow == "steps")
        campaign = Campaign(world, 1, workload=Workload(world, steps), nemesis=Nemesis(world, deeds))
        outcome = campaign.run(8)

    assert invariant in outcome.broken
