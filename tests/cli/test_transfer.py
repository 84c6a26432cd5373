"""`prefect transfer`: everything of one profile is made at another one, once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from prefect import flow
from prefect._store.opened import opened_database
from prefect._wire.automations import AutomationCreate
from prefect.blocks.core import Block
from prefect.blocks.system import Secret
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.settings import temporary_settings
from prefect.variables import Variable
from tests.cli.terminal import Terminal
from tests.serving import served


class Cashier(Block):
    """Who is let in."""

    user: str
    token: SecretStr


class Shop(Block):
    """A place with two accounts."""

    first: Cashier
    second: Cashier


@flow
def nightly(n: int = 1) -> None:
    """Does nothing."""


@pytest.fixture(autouse=True)
def profiles(prefect: Terminal, tmp_path: Path) -> None:
    """Two profiles, each with a database of its own."""
    for name in ("here", "there"):
        prefect("profile", "create", name)
        url = f"PREFECT_API_DATABASE_CONNECTION_URL=sqlite:///{tmp_path}/{name}.db"
        prefect("--profile", name, "config", "set", url)


@pytest.fixture
def there(tmp_path: Path) -> Iterator[None]:
    """The other place, for the time of the test."""
    with at(tmp_path, "there"):
        yield


def at(tmp_path: Path, name: str):  # type: ignore[no-untyped-def]  # a context manager
    return temporary_settings({"PREFECT_API_DATABASE_CONNECTION_URL": f"sqlite:///{tmp_path}/{name}.db"})


@pytest.fixture
def things(prefect: Terminal, tmp_path: Path) -> str:
    """Something of everything, in the first place; the id of the deployment."""
    with at(tmp_path, "here"):
        account = Cashier(user="me", token=SecretStr("SEKRIT"))
        account.save("mine")
        Shop(first=account, second=Cashier(user="you", token=SecretStr("TERCES"))).save("corner")
        Secret(value="s").save("s")
        Variable.set("limit", {"rows": 2}, tags=["a"])
        prefect("--profile", "here", "gcl", "create", "db", "--limit", "3")
        prefect("--profile", "here", "concurrency-limit", "create", "one-at-a-time", "1")
        prefect("--profile", "here", "work-pool", "create", "pool", "--type", "process", "--concurrency-limit", "4")
        prefect("--profile", "here", "work-queue", "create", "urgent", "--pool", "pool", "--priority", "1")
        deployment = nightly.to_deployment(
            "night",
            cron="0 3 * * *",
            parameters={"n": 2},
            tags=["t"],
            work_pool_name="pool",
            work_queue_name="urgent",
            concurrency_limit=ConcurrencyLimitConfig(limit=2, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
        )
        id = str(deployment.apply())
        trigger = {
            "type": "event",
            "posture": "Reactive",
            "threshold": 1,
            "within": 0,
            "expect": ["x"],
            "match": {"prefect.resource.id": f"prefect.deployment.{id}"},
        }
        acts = [{"type": "pause-deployment", "source": "selected", "deployment_id": id}]
        with get_client(sync_client=True) as client:
            client.create_automation(
                AutomationCreate.model_validate({"name": "stops", "trigger": trigger, "actions": acts})
            )
    return id


def test_everything_is_made_at_the_other_place(prefect: Terminal, things: str, tmp_path: Path) -> None:
    told = prefect("transfer", "--from", "here", "--to", "there")

    assert "failed 0." in told.splitlines()[-1]
    with at(tmp_path, "there"), get_client(sync_client=True) as client:
        shop = Shop.load("corner")
        assert (shop.first.token.get_secret_value(), shop.second.token.get_secret_value()) == ("SEKRIT", "TERCES")
        assert shop.first._block_document_name == "mine"
        assert Variable.get("limit") == {"rows": 2}
        assert client.read_global_concurrency_limit_by_name("db").limit == 3
        assert client.read_concurrency_limit_by_tag("one-at-a-time").concurrency_limit == 1
        assert client.read_work_pool("pool").concurrency_limit == 4
        assert client.read_work_queue_by_name("urgent", "pool").priority == 1
        deployment = client.read_deployment_by_name("nightly/night")
        assert (deployment.parameters, deployment.tags, deployment.work_queue_name) == ({"n": 2}, ["t"], "urgent")
        assert [one.schedule.cron for one in deployment.schedules] == ["0 3 * * *"]  # type: ignore[union-attr]  # it is
        assert deployment.concurrency_limit == 2
        assert deployment.concurrency_options is not None
        assert deployment.concurrency_options.collision_strategy == "CANCEL_NEW"
        limits = [limit.name for limit in client.read_global_concurrency_limits(limit=10, offset=0)]
        assert sorted(limits) == ["db", f"deployment:{deployment.id}", "tag:one-at-a-time"]
        (automation,) = client.read_automations_by_name("stops")
    text = automation.model_dump_json()
    assert str(deployment.id) in text
    assert things not in text


def test_a_local_database_is_transferred_to_a_server_and_back(prefect: Terminal, things: str, tmp_path: Path) -> None:
    with served(opened_database(f"sqlite:///{tmp_path}/there.db")) as address:
        prefect("profile", "create", "server")
        prefect("--profile", "server", "config", "set", f"PREFECT_API_URL={address}")
        told = prefect("transfer", "--from", "here", "--to", "server")
        prefect("profile", "create", "home")
        url = f"PREFECT_API_DATABASE_CONNECTION_URL=sqlite:///{tmp_path}/home.db"
        prefect("--profile", "home", "config", "set", url)
        back = prefect("transfer", "--from", "server", "--to", "home")

    assert made(told) == made(back)
    assert {"variable limit", "concurrency limit tag:one-at-a-time", "deployment nightly/night"} < made(back)
    with at(tmp_path, "home"):
        assert Shop.load("corner").second.token.get_secret_value() == "TERCES"


def made(told: str) -> set[str]:
    """What was transferred, as it is told, without ids."""
    lines = [re.sub(r"[-0-9a-f]{36}", "", line).split("  ", 1) for line in told.splitlines()]
    return {label for word, *labels in lines if word == "transferred" for label in labels}


def test_what_is_there_already_is_left_as_it_is(prefect: Terminal, things: str, tmp_path: Path) -> None:
    with at(tmp_path, "there"):
        Variable.set("limit", 1)
    prefect("transfer", "--from", "here", "--to", "there")

    again = prefect("transfer", "--from", "here", "--to", "there")

    assert "skipped      variable limit: It is there already." in again
    assert again.splitlines()[-1].startswith("Transferred 0, ")
    with at(tmp_path, "there"):
        assert Variable.get("limit") == 1


def test_profiles_are_two_and_known(prefect: Terminal, tmp_path: Path) -> None:
    assert "said twice" in prefect("transfer", "--from", "here", "--to", "here", expect=1)
    assert "nowhere" in prefect("transfer", "--from", "here", "--to", "nowhere", expect=1)
    prefect("profile", "create", "same", "--from", "here")
    assert "mean the same place" in prefect("transfer", "--from", "here", "--to", "same", expect=1)
