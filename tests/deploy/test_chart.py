"""The Helm chart: rendered by helm itself, it is what the plain manifests are; skipped where there is no helm."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from prefect.cli import build
from tests.tools import tool

DEPLOY = Path(__file__).parents[2] / "deploy"
CHART = DEPLOY / "helm"
OF_THE_ROLE = ("ServiceAccount", "Role", "RoleBinding")
pytestmark = pytest.mark.skipif(tool("helm") is None, reason="no helm here: python3 dev.py tools")


def helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(tool("helm")), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def rendered(folder: Path, values: dict[str, Any] | None = None) -> dict[tuple[str, str], Any]:
    """What the chart comes to with some values, by kinds and names."""
    said = folder / "values.yaml"
    said.write_text(yaml.safe_dump(values or {}))
    ended = helm("template", "prefect", str(CHART), "--namespace", "prefect", "--values", str(said))
    assert ended.returncode == 0, ended.stderr
    return {(one["kind"], one["metadata"]["name"]): one for one in yaml.safe_load_all(ended.stdout)}


def refusal(folder: Path, values: dict[str, Any]) -> str:
    """What helm says of values that it refuses."""
    said = folder / "values.yaml"
    said.write_text(yaml.safe_dump(values))
    ended = helm("template", "prefect", str(CHART), "--values", str(said))
    assert ended.returncode != 0
    return ended.stderr


def plain() -> dict[tuple[str, str], Any]:
    files = (DEPLOY / "kubernetes").glob("*.yaml")
    return {
        (one["kind"], one["metadata"]["name"]): one
        for file in files
        for one in yaml.safe_load_all(file.read_text(encoding="utf-8"))
    }


def without_choices(object: dict[str, Any]) -> dict[str, Any]:
    """Without what the chart says and the manifests leave to the cluster."""
    if object["kind"] == "Deployment":
        pod = object["spec"]["template"]["spec"]
        pod["containers"][0].pop("imagePullPolicy", None)
        for name in ("serviceAccountName", "automountServiceAccountToken"):
            pod.pop(name, None)
    return object


def test_by_itself_it_is_what_the_plain_manifests_are(tmp_path: Path) -> None:
    expected = {key: without_choices(one) for key, one in plain().items() if key[0] not in OF_THE_ROLE}

    assert {key: without_choices(one) for key, one in rendered(tmp_path).items()} == expected


def test_a_worker_for_jobs_has_the_rights_of_the_plain_manifests_and_sees_its_namespace(tmp_path: Path) -> None:
    worker = {"name": "jobs", "pool": "cluster", "type": "kubernetes", "limit": 20, "env": {"LINES": 3}}
    objects = rendered(tmp_path, {"workers": [worker]})

    expected = {key: one for key, one in plain().items() if key[0] in OF_THE_ROLE}
    assert {key: one for key, one in objects.items() if key[0] in OF_THE_ROLE} == expected
    pod = objects["Deployment", "prefect-jobs"]["spec"]["template"]["spec"]
    assert pod["serviceAccountName"] == "prefect-worker"
    (container,) = pod["containers"]
    told = {one["name"]: one.get("value") for one in container["env"]}
    assert told["PREFECT_INTEGRATIONS_KUBERNETES_OBSERVER_NAMESPACES"] == "prefect"
    assert told["LINES"] == "3"
    assert container["args"][-4:] == ["--type", "kubernetes", "--limit", "20"]
    build().parse_args(container["args"][1:], exit_on_error=False, print_error=False)


def test_what_is_said_is_there_and_nothing_else(tmp_path: Path) -> None:
    values = {
        "image": {"repository": "registry.example.org/own", "tag": "7", "pullSecrets": ["mine"]},
        "server": {"replicas": 3, "env": {"PREFECT_LOGGING_LEVEL": "DEBUG"}, "nodeSelector": {"disk": "fast"}},
        "workers": [],
        "ingress": {"enabled": False},
    }

    objects = rendered(tmp_path, values)

    kinds = {kind for kind, _ in objects}
    assert kinds == {"Deployment", "Service", "PodDisruptionBudget"}
    server = objects["Deployment", "prefect-server"]["spec"]
    assert server["replicas"] == 3
    pod = server["template"]["spec"]
    assert (pod["nodeSelector"], pod["imagePullSecrets"]) == ({"disk": "fast"}, [{"name": "mine"}])
    assert pod["containers"][0]["image"] == "registry.example.org/own:7"
    assert {"name": "PREFECT_LOGGING_LEVEL", "value": "DEBUG"} in pod["containers"][0]["env"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"server": {"replica": 3}}, "replica"),
        ({"server": {"replicas": 0}}, "/server/replicas"),
        ({"workers": [{"name": "worker"}]}, "pool"),
        ({"workers": [{"name": "server", "pool": "x"}]}, "/workers/0/name"),
        ({"ingress": {"host": ""}}, "/ingress/host"),
    ],
)
def test_what_is_misspelt_or_missing_is_told_by_its_place(tmp_path: Path, values: dict[str, Any], said: str) -> None:
    assert said in refusal(tmp_path, values)


def test_helm_has_nothing_against_it() -> None:
    ended = helm("lint", "--strict", str(CHART))

    assert ended.returncode == 0, ended.stdout
    assert "WARNING" not in ended.stdout
