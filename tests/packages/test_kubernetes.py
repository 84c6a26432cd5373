"""Runs in jobs of a small Kubernetes (`tests.kubernetes`), by the worker of prefect-kubernetes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.settings import temporary_settings
from prefect.states import Cancelling
from tests.kubernetes.serving import Cluster, cluster
from tests.packages.runs import ended, lines_of, state_of
from tests.serving import served, until

FLOWS = """
import time
from prefect import flow

@flow(log_prints=True)
def fine():
    print("inside")

@flow
def failing():
    raise ValueError("no")

@flow(log_prints=True)
def slow():
    print("waiting")
    time.sleep(300)
"""
IMAGE = "registry.example.org/shop:4"
NAMESPACE = "prefect"
SEES = "PREFECT_INTEGRATIONS_KUBERNETES_OBSERVER_NAMESPACES"
RIGHTS = Path(__file__).parents[2] / "deploy" / "kubernetes" / "worker-role.yaml"
(ROLE,) = (one for one in yaml.safe_load_all(RIGHTS.read_text(encoding="utf-8")) if one["kind"] == "Role")
pytestmark = [pytest.mark.long, pytest.mark.filterwarnings("default")]


@pytest.fixture
def kubernetes(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster, and a server whose pool `jobs` a worker looks after, with no more rights than `deploy/` gives it."""
    package = pytest.importorskip("prefect_kubernetes.worker")
    (tmp_path / "flows.py").write_text(FLOWS)
    inside = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "PREFECT_HOME": str(tmp_path / "inside")}
    with (
        cluster(tmp_path, {IMAGE}, inside) as (made, settings),
        served() as address,
        temporary_settings({"PREFECT_API_URL": address}),
    ):
        made.allow(ROLE)
        with get_client(sync_client=True) as client:
            template = package.KubernetesWorker.get_default_base_job_template()
            client.create_work_pool(WorkPoolCreate(name="jobs", type="kubernetes", base_job_template=template))
        process = subprocess.Popen(
            [sys.executable, "-m", "prefect", "worker", "start", "--pool", "jobs", "--type", "kubernetes"],
            env={**os.environ, "PREFECT_API_URL": address, "KUBECONFIG": str(settings), SEES: NAMESPACE},
        )
        yield made
        process.terminate()
        process.wait(60)


def deployed(name: str, folder: Path, **variables: Any) -> Any:
    """A new run of a flow, in a job; its id."""
    job = {"image": IMAGE, "namespace": NAMESPACE, "finished_job_ttl": 60, **variables}
    with get_client(sync_client=True) as client:
        deployment = client.create_deployment(
            client.create_flow_from_name(name),
            name,
            work_pool_name="jobs",
            entrypoint=f"{folder}/flows.py:{name}",
            path=str(folder),
            job_variables=job,
        )
        return client.create_flow_run_from_deployment(deployment).id


def jobs_of(made: Cluster) -> list[dict[str, Any]]:
    return made.objects.all_of("jobs")[0]


def pod_of(made: Cluster, id: Any) -> str:
    """The pod in which a run is at work."""
    found, _ = made.objects.all_of(
        "pods", lambda pod: pod["metadata"]["labels"].get("prefect.io/flow-run-id") == str(id)
    )
    return str(found[-1]["metadata"]["name"])


def test_runs_in_jobs_end_as_they_do_everywhere_with_their_lines(kubernetes: Cluster, tmp_path: Path) -> None:
    fine, failing = deployed("fine", tmp_path), deployed("failing", tmp_path)

    assert ended(fine).name == "Completed"
    assert "inside" in lines_of(fine)
    assert (ended(failing).name, state_of(failing).message) == (
        "Failed",
        "Flow run encountered an exception: ValueError: no",
    )


def test_a_cancelled_run_has_its_job_deleted(kubernetes: Cluster, tmp_path: Path) -> None:
    slow = deployed("slow", tmp_path)
    until(lambda: "waiting" in lines_of(slow), 60)
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(slow, Cancelling())

    assert ended(slow).name == "Cancelled"
    until(lambda: not jobs_of(kubernetes), 60)


def test_a_run_whose_pod_is_killed_is_crashed(kubernetes: Cluster, tmp_path: Path) -> None:
    slow = deployed("slow", tmp_path)
    until(lambda: "waiting" in lines_of(slow), 60)
    kubernetes.node.kill(NAMESPACE, pod_of(kubernetes, slow))

    assert (ended(slow).name, state_of(slow).message) == ("Crashed", "No active or succeeded pods found for any job")


def test_a_run_whose_pod_is_evicted_goes_on_in_another_job(kubernetes: Cluster, tmp_path: Path) -> None:
    slow = deployed("slow", tmp_path)
    until(lambda: "waiting" in lines_of(slow), 60)
    first = pod_of(kubernetes, slow)
    kubernetes.node.evict(NAMESPACE, first)

    until(lambda: lines_of(slow).count("waiting") == 2, 60)
    assert state_of(slow).is_running()
    assert pod_of(kubernetes, slow) != first
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(slow, Cancelling())
    assert ended(slow).name == "Cancelled"


def test_of_an_image_that_is_not_there_the_run_tells_and_it_can_be_cancelled(
    kubernetes: Cluster, tmp_path: Path
) -> None:
    run = deployed("fine", tmp_path, image="registry.example.org/none:1")
    until(lambda: any("not found" in line for line in lines_of(run)), 60)

    assert (state_of(run).type.value, state_of(run).name) == ("PENDING", "InfrastructurePending")
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run, Cancelling())
    assert ended(run).name == "Cancelled"
    until(lambda: not jobs_of(kubernetes), 60)


def test_a_cluster_that_has_no_time_and_forgets_what_was_is_asked_again(kubernetes: Cluster, tmp_path: Path) -> None:
    kubernetes.fail("POST", "/jobs$", 429)
    kubernetes.fail("POST", "/jobs$", 500)
    slow = deployed("slow", tmp_path)
    until(lambda: "waiting" in lines_of(slow), 60)
    kubernetes.objects.forget_the_past()
    kubernetes.node.kill(NAMESPACE, pod_of(kubernetes, slow))

    assert ended(slow).name == "Crashed"
    assert len(jobs_of(kubernetes)) == 1


def test_a_job_that_the_cluster_refuses_is_told_with_the_clusters_words(kubernetes: Cluster, tmp_path: Path) -> None:
    kubernetes.fail("POST", "/jobs$", 403, times=9)
    run = deployed("fine", tmp_path)

    assert ended(run).name == "Crashed"
    assert "Unable to create Kubernetes job: Forbidden: it was to fail" in (state_of(run).message or "")
