"""Flows on real clusters of this machine, by the task runners of prefect-dask and prefect-ray; skipped without them."""

from __future__ import annotations

import importlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from prefect import flow, get_run_logger, task
from prefect._engine.recorders import close_recorders
from prefect.assets import materialize
from prefect.cache_policies import INPUTS
from prefect.settings import temporary_settings
from tests.recorded import events, flow_runs, messages, task_runs, the_flow_run
from tests.serving import served

pytestmark = [pytest.mark.long, pytest.mark.filterwarnings("default")]
Runner = Callable[[], Any]


@pytest.fixture(scope="module", params=["dask", "ray"])
def runner(request: pytest.FixtureRequest) -> Iterator[Runner]:
    """Makes task runners for one cluster of two processes."""
    kind = pytest.importorskip(f"prefect_{request.param}")
    if request.param == "dask":
        cluster_kind = importlib.import_module("distributed").LocalCluster
        with cluster_kind(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster:
            yield lambda: kind.DaskTaskRunner(address=cluster.scheduler_address)
    else:
        sees_this = {"env_vars": {"PYTHONPATH": str(Path(__file__).parents[2])}}
        options = {"num_cpus": 2, "include_dashboard": False, "runtime_env": sees_this}
        yield lambda: kind.RayTaskRunner(init_kwargs=options)
        importlib.import_module("ray").shutdown()


@task
def add(x: int, y: int = 1) -> int:
    get_run_logger().info("adding %s and %s", x, y)
    return x + y


def test_tasks_are_submitted_mapped_and_chained_and_recorded_with_their_logs(runner: Runner) -> None:
    @flow(task_runner=runner())
    def chained() -> list[int]:
        first = add.submit(1)
        second = add.submit(first, y=first)
        return [second.result(), *add.map([10, 20], y=second).result()]

    assert chained() == [4, 14, 24]
    assert {run.state_type for run in task_runs()} == {"COMPLETED"}
    assert len(task_runs()) == 4
    assert "adding 2 and 2" in messages(the_flow_run())
    sources = {source["id"] for run in task_runs() for told in (run.task_inputs or {}).values() for source in told}
    assert len(sources) == 2


def test_with_a_server_the_flows_process_tells_it_what_the_workers_record(runner: Runner) -> None:
    @flow(task_runner=runner())
    def told(count: int) -> list[int]:
        return [future.result() for future in [add.submit(number) for number in range(count)]]

    with served() as address, temporary_settings({"PREFECT_API_URL": address}):
        assert told(20) == list(range(1, 21))
    close_recorders()

    assert [run.state_type for run in task_runs()] == ["COMPLETED"] * 20
    assert len([line for line in messages(the_flow_run()) if line.startswith("adding")]) == 20


def test_tasks_that_tasks_leave_behind_are_finished_and_recorded(runner: Runner) -> None:
    @task
    def leaving() -> str:
        for number in range(3):
            add.submit(number)
        return "left"

    @flow(task_runner=runner())
    def outer() -> Any:
        return leaving.submit().result()

    assert outer() == "left"
    assert [run.state_type for run in task_runs()] == ["COMPLETED"] * 4


def test_assets_know_what_they_were_made_of_across_processes(runner: Runner) -> None:
    @materialize("s3://shop/raw")
    def extract() -> int:
        return 1

    @materialize("s3://shop/sums")
    def load(x: int) -> int:
        return x

    @flow(task_runner=runner())
    def pipeline() -> int:
        value: int = load.submit(extract.submit()).result()
        return value

    assert pipeline() == 1
    told = {
        (event.event.rpartition(".")[2], event.resource["prefect.resource.id"]) for event in events("prefect.asset.")
    }
    assert told == {("succeeded", "s3://shop/raw"), ("referenced", "s3://shop/raw"), ("succeeded", "s3://shop/sums")}


def test_what_a_flow_submits_and_does_not_wait_for_is_finished(runner: Runner) -> None:
    @flow(task_runner=runner())
    def leaves() -> str:
        for number in range(4):
            add.submit(number)
        return "left"

    assert leaves() == "left"
    assert [run.state_type for run in task_runs()] == ["COMPLETED"] * 4


def test_tries_timeouts_and_caches_count_in_the_processes_of_a_cluster(runner: Runner, tmp_path: Path) -> None:
    place = tmp_path / "tries"
    place.mkdir()

    @task(retries=2)
    def unsteady() -> int:
        marks = len(list(place.iterdir()))
        (place / str(marks)).touch()
        if marks < 2:
            raise ValueError("not yet")
        return marks

    @task(timeout_seconds=0.2)
    def slow() -> None:
        time.sleep(30)

    @task(cache_policy=INPUTS, persist_result=True)
    def kept(x: int) -> int:
        return x * 2

    @flow(task_runner=runner())
    def tried() -> tuple[int, str, list[str]]:
        late = slow.submit()
        late.wait()
        first = kept.submit(4)
        first.wait()
        again = kept.submit(4)
        again.wait()
        return unsteady.submit().result(), late.state.name, [first.state.name, again.state.name]

    assert tried() == (2, "TimedOut", ["Completed", "Cached"])
    assert max(run.run_count for run in task_runs()) == 3


def test_a_task_submits_tasks_to_the_cluster_itself(runner: Runner) -> None:
    @task
    def outer() -> tuple[str, int]:
        future = add.submit(1)
        return type(future).__name__, future.result()

    @flow(task_runner=runner())
    def nested() -> tuple[str, int]:
        told: tuple[str, int] = outer.submit().result()
        return told

    kind, value = nested()

    assert kind in ("PrefectDaskFuture", "PrefectRayFuture")
    assert value == 2


def test_a_task_whose_process_is_killed_runs_again_in_another(runner: Runner, tmp_path: Path) -> None:
    @task
    def killed_once() -> str:
        mark = tmp_path / "killed"
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return "survived"

    @flow(task_runner=runner())
    def survives() -> Any:
        return killed_once.submit().result()

    assert survives() == "survived"
    assert [run.state_type for run in task_runs()] == ["COMPLETED"]
    assert [run.state_type for run in flow_runs()] == ["COMPLETED"]


def test_a_report_of_a_cluster_is_written(tmp_path: Path) -> None:
    dask = pytest.importorskip("prefect_dask")
    options = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": ":0"}
    report = tmp_path / "report.html"

    @flow(task_runner=dask.DaskTaskRunner(cluster_kwargs=options, performance_report_path=str(report)))
    def reported() -> int:
        value: int = add.submit(1).result()
        return value

    assert reported() == 2
    assert "Dask Performance Report" in report.read_text()
