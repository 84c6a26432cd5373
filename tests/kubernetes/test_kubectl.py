"""The small cluster is one to the real kubectl; skipped where there is none."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.kubernetes.serving import Cluster, cluster
from tests.serving import until
from tests.tools import tool

pytestmark = pytest.mark.skipif(tool("kubectl") is None, reason="no kubectl here: python3 dev.py tools")
Kubectl = Callable[..., str]


@pytest.fixture
def made(tmp_path: Path) -> Iterator[tuple[Cluster, Path]]:
    with cluster(tmp_path, {"shell"}, {"PATH": "/usr/bin:/bin"}) as both:
        yield both


@pytest.fixture
def kubectl(made: tuple[Cluster, Path]) -> Kubectl:
    def asked(*arguments: str, given: str | None = None) -> str:
        command = [str(tool("kubectl")), "--kubeconfig", str(made[1]), "--request-timeout=20s", *arguments]
        ended = subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=60)
        return ended.stdout if ended.returncode == 0 else f"error: {ended.stderr}"

    return asked


def job(name: str, script: str, *, image: str = "shell", **spec: Any) -> str:
    container = {"name": "main", "image": image, "command": ["sh", "-c", script]}
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container], "restartPolicy": "Never"}}
    whole = {"template": template, "backoffLimit": 0, **spec}
    return yaml.safe_dump({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": whole})


def test_a_job_completes_and_its_lines_are_read(kubectl: Kubectl) -> None:
    assert kubectl("create", "--validate=false", "-f", "-", given=job("one", "echo hello; sleep 1; echo bye")) == (
        "job.batch/one created\n"
    )

    assert kubectl("logs", "--follow", "--pod-running-timeout=10s", "job/one") == "hello\nbye\n"
    assert kubectl("wait", "--for=condition=complete", "--timeout=10s", "job/one") == "job.batch/one condition met\n"
    told = json.loads(kubectl("get", "pods", "--selector", "app=one", "--output", "json"))
    assert [pod["status"]["phase"] for pod in told["items"]] == ["Succeeded"]


def test_a_job_fails_after_its_retries_and_with_the_code_of_its_container(kubectl: Kubectl) -> None:
    kubectl("create", "--validate=false", "-f", "-", given=job("two", "exit 3", backoffLimit=1))

    assert kubectl("wait", "--for=condition=failed", "--timeout=10s", "job/two") == "job.batch/two condition met\n"
    pods = json.loads(kubectl("get", "pods", "--output", "json"))["items"]
    codes = [pod["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"] for pod in pods]
    assert codes == [3, 3]


def test_a_deleted_job_takes_its_pods_along(made: tuple[Cluster, Path], kubectl: Kubectl) -> None:
    kubectl("create", "--validate=false", "-f", "-", given=job("three", "sleep 60"))
    until(lambda: "sleep" not in kubectl("get", "pods", "--output", "name") and "three" in kubectl("get", "pods"), 20)

    kubectl("delete", "job", "three", "--wait=false", "--grace-period=1")

    until(lambda: made[0].objects.all_of("pods")[0] == [], 20)
    assert "not found" in kubectl("get", "job", "three")


def test_who_watches_hears_of_changes_and_of_a_past_that_is_forgotten(
    made: tuple[Cluster, Path], kubectl: Kubectl
) -> None:
    seen: list[str] = []
    watching = threading.Thread(
        target=lambda: seen.append(kubectl("get", "jobs", "--watch", "--output", "name", "--request-timeout=5s"))
    )
    watching.start()
    until(lambda: any("jobs" in line for line in made[0].asked), 10)
    kubectl("create", "--validate=false", "-f", "-", given=job("four", "true"))
    watching.join()

    assert "job.batch/four" in seen[0]
    _, version = made[0].objects.all_of("jobs")
    made[0].objects.forget_the_past()
    assert "too old resource version" in kubectl(
        "get", "--raw", f"/apis/batch/v1/jobs?watch=1&resourceVersion={version}"
    )


def test_what_goes_wrong_is_told_as_clusters_do(made: tuple[Cluster, Path], kubectl: Kubectl) -> None:
    kubectl("create", "--validate=false", "-f", "-", given=job("five", "true", image="none"))
    until(lambda: "ErrImagePull" in kubectl("get", "pods", "--output", "json"), 20)

    assert "AlreadyExists" in kubectl("create", "--validate=false", "-f", "-", given=job("five", "true"))
    made[0].fail("GET", "/jobs", 500)
    assert "it was to fail" in kubectl("get", "jobs")
    assert 'jobs "none" not found' in kubectl("get", "job", "none")
