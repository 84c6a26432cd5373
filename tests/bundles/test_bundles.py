"""A flow travels in a bundle with the modules and files of its project, and is carried out where they are not."""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from prefect.bundles import convert_step_to_command, create_bundle_for_flow_run, upload_bundle_to_storage
from prefect.bundles._zip_extractor import ZipExtractor
from prefect.bundles.carrying_out import install_what_is_missing
from prefect.bundles.making import requirements
from prefect.client.orchestration import get_client
from prefect.exceptions import StorageNotConfigured
from prefect.flows import Flow, InfrastructureBoundFlow, bind_flow_to_infrastructure
from prefect.workers.base import BaseJobConfiguration, BaseWorker, BaseWorkerResult
from prefect.workers.process import ProcessWorker

FLOWS = """
import os
from pathlib import Path
from prefect import flow, task
from shop.prices import Price, price

@task
def total(prices):
    return Price(sum(each.cents for each in prices))

@flow(persist_result=True)
def sells(count: int, file: str = ""):
    known = Path(file).read_text() if file else ""
    return f"{os.environ.get('GREETING')} {total([price()] * count).cents} {known}".strip()
"""
PRICES = """
class Price:
    def __init__(self, cents):
        self.cents = cents

def price():
    return Price(5)
"""


@pytest.fixture
def sells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flow[..., Any]:
    """A flow in a package of the user's own, which uses another module of it."""
    package = tmp_path / "project" / "shop"
    package.mkdir(parents=True)
    for name, code in {"__init__": "", "flows": FLOWS, "prices": PRICES}.items():
        (package / f"{name}.py").write_text(code)
    (package / "greeting.txt").write_text("and a letter")
    monkeypatch.syspath_prepend(package.parent)
    for name in ("shop", "shop.flows", "shop.prices"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    found: Flow[..., Any] = importlib.import_module("shop.flows").sells
    return found


def bound(
    fn: Flow[..., Any], worker_cls: type[Any] = ProcessWorker, **options: Any
) -> InfrastructureBoundFlow[..., Any]:
    return bind_flow_to_infrastructure(fn, work_pool="here", worker_cls=worker_cls, **options)


def test_a_flow_is_carried_out_where_its_project_is_not(sells: Flow[..., Any], tmp_path: Path) -> None:
    with get_client(sync_client=True) as client:
        run = client.create_flow_run(sells, parameters={"count": 3})
    made = create_bundle_for_flow_run(sells, run)
    Path("bundle.json").write_text(json.dumps(made["bundle"]))
    shutil.rmtree(tmp_path / "project")

    subprocess.run([sys.executable, "-m", "prefect.bundles.execute", "--key", "bundle.json"], check=True)

    with get_client(sync_client=True) as client:
        state = client.read_flow_run(run.id).state
    assert state is not None
    assert state.result() == "None 15"


def test_calling_a_bound_flow_runs_it_on_its_infrastructure(sells: Flow[..., Any]) -> None:
    there = bound(sells, job_variables={"env": {"GREETING": "hello"}}, include_files=["*.txt"])

    assert there(2, file="greeting.txt") == "hello 10 and a letter"
    with get_client(sync_client=True) as client:
        assert [run.work_pool_name for run in client.read_flow_runs()] == ["here"]


class NowhereResult(BaseWorkerResult): ...


class NowhereWorker(BaseWorker):
    """Has no infrastructure: each run ends with the code 7 before it began."""

    type = "nowhere"

    async def run(self, flow_run: Any, configuration: BaseJobConfiguration, task_status: Any = None) -> NowhereResult:
        return NowhereResult(identifier="nowhere", status_code=7)


class HandsOver(NowhereWorker):
    type = "hands-over"

    async def _submit_adhoc_run(
        self,
        flow: Any,
        parameters: Any = None,
        job_variables: Any = None,
        task_status: Any = None,
        flow_run: Any = None,
    ) -> None:
        run = await self._recorded(flow, parameters, job_variables or {}, flow_run)
        task_status.started(run)

        async def ready(configuration: BaseJobConfiguration) -> None:
            assert configuration.env["PREFECT__FLOW_RUN_ID"] == str(run.id)
            related = self._event_related_resources(configuration, include_self=True)
            assert {(one.role, one.name) for one in related} == {
                *(("flow-run", run.name), ("flow", flow.name), ("work-pool", "here"), ("worker", self.name)),
            }

        await self._carried_out(flow, run, job_variables or {}, ready)


def test_a_run_whose_infrastructure_ends_badly_is_crashed(sells: Flow[..., Any]) -> None:
    state = bound(sells, HandsOver)(1, return_state=True)

    assert state.is_crashed()
    assert "status code 7" in str(state.message)


def test_a_pool_without_storage_takes_no_bundles(sells: Flow[..., Any]) -> None:
    ProcessWorker("here")._pool()

    with pytest.raises(StorageNotConfigured, match="prefect work-pool storage configure"):
        bound(sells).submit_to_work_pool(1)


def test_a_worker_that_has_nowhere_to_put_a_flow_says_so(sells: Flow[..., Any]) -> None:
    with pytest.raises(StorageNotConfigured, match="'here' has no storage"):
        bound(sells, NowhereWorker)(1)


def test_a_program_is_warned_of_a_pool_of_another_type(sells: Flow[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    ProcessWorker("here")._pool()

    assert bound(sells, HandsOver)(1, return_state=True).is_crashed()
    assert "does not fit a worker of the type 'hands-over'" in caplog.text


def test_a_bound_flow_keeps_its_options_and_its_binding(sells: Flow[..., Any]) -> None:
    there = bound(sells, job_variables={"env": {}}).with_options(name="sold", include_files=["*.csv"], retries=2)

    assert isinstance(there, InfrastructureBoundFlow)
    assert (there.name, there.retries, there.persist_result) == ("sold", 2, True)
    assert (there.work_pool, there.job_variables, there.include_files) == ("here", {"env": {}}, ["*.csv"])
    assert type(there.unbound()) is Flow


@pytest.mark.parametrize(
    ("step", "command"),
    [
        (
            {"shop.upload": {"requires": ["a", "b==1"], "bucket_name": "x", "n": 3, "unset": None}},
            "uv run --quiet --with a,b==1 --python VERSION -m shop.upload --bucket-name x --n 3 --key KEY",
        ),
        (
            {"shop.upload": {"requires": "a", "launcher": ["python", "-X", "dev"]}},
            "python -X dev -m shop.upload --key KEY",
        ),
    ],
)
def test_a_step_is_a_command(step: dict[str, Any], command: str) -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"

    assert convert_step_to_command(step, "KEY", quiet=True) == command.replace("VERSION", version).split()


def test_a_step_names_one_module() -> None:
    with pytest.raises(ValueError, match="names 2"):
        convert_step_to_command({"a": {}, "b": {}}, "KEY")


COPIES = "import shutil, sys; shutil.copy(sys.argv[-1], {there!r} + '/' + sys.argv[-1].rsplit('/')[-1])"


def test_a_bundle_is_stored_by_a_command(sells: Flow[..., Any], tmp_path: Path) -> None:
    there = tmp_path / "stored"
    there.mkdir()
    copy = [sys.executable, "-c", COPIES.format(there=str(there))]
    with get_client(sync_client=True) as client:
        made = create_bundle_for_flow_run(
            bound(sells, include_files=["."]), client.create_flow_run(sells, parameters={"count": 1})
        )

    upload_bundle_to_storage(made["bundle"], "the-key", copy, made["zip_path"])

    assert json.loads((there / "the-key").read_text()) == made["bundle"]
    assert sorted(zipfile.ZipFile(there / "files.zip").namelist()) == [
        "__init__.py",
        "flows.py",
        "greeting.txt",
        "prices.py",
    ]
    with pytest.raises(RuntimeError, match="no such bucket"):
        upload_bundle_to_storage(made["bundle"], "k", [sys.executable, "-c", "raise SystemExit('no such bucket')"])


@pytest.mark.parametrize("pattern", ["../secrets", "/etc/passwd"])
def test_files_to_include_are_those_of_the_project(pattern: str, sells: Flow[..., Any]) -> None:
    with get_client(sync_client=True) as client:
        run = client.create_flow_run(sells, parameters={"count": 1})

    with pytest.raises(ValueError, match="leaves that folder"):
        create_bundle_for_flow_run(bound(sells, include_files=[pattern]), run)


def test_an_archive_writes_nowhere_else(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "odd.zip", "w") as odd:
        odd.writestr("../there.txt", "x")

    with pytest.raises(ValueError, match="outside"):
        ZipExtractor(tmp_path / "odd.zip").extract()
    ZipExtractor(tmp_path / "odd.zip").cleanup()
    assert not (tmp_path / "odd.zip").exists()


def test_what_a_bundle_needs_is_what_can_be_had_elsewhere() -> None:
    needed = requirements()

    assert any(line.startswith("pydantic==") for line in needed)
    assert not any(line.startswith("prefect") for line in needed)
    install_what_is_missing([line for line in needed if line.startswith("pydantic==")])


def test_a_program_has_its_worker_only_inside_of_its_block() -> None:
    with pytest.raises(RuntimeError, match="async with"):
        _ = ProcessWorker("here").client
