"""A short torture, and mutants that it must notice; `python -m tests.torture` has the long ones."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from tests.torture.campaign import Campaign
from tests.torture.nemesis import Deed as Happens
from tests.torture.nemesis import Nemesis
from tests.torture.workload import OFFERS, Workload
from tests.torture.workload import Deed as Does
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


def noticed(folder: Path, mutant: str, offers: set[str], does: Does, happens: Happens) -> list[str]:
    """The invariants that a mutant breaks where users do only this, of these flows, and only that goes wrong."""
    with closing(World(folder, mutant=mutant)) as world:
        few = tuple(offer for offer in OFFERS if offer.flow in offers)
        workload, nemesis = Workload(world, few, {does: 1}), Nemesis(world, {happens: 1})
        return Campaign(world, 1, workload=workload, nemesis=nemesis).run(6).broken


def test_a_torn_result_is_noticed(folder: Path) -> None:
    assert "I12" in noticed(folder, "torn-results", {"steps"}, Workload.run, Nemesis.kill_child)


def test_two_runs_of_one_time_are_noticed(folder: Path) -> None:
    assert "I1" in noticed(folder, "no-unique-slots", {"steps", "tick"}, Workload.plan_ahead, Nemesis.reset)
