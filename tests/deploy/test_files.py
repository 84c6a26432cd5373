"""What lies in `deploy/`, and Dockerfile and compose.yaml: they say what this version knows, and fit each other."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from prefect._api.table import all_routes
from prefect.cli import build
from prefect.settings.table import BY_ENV

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
OUR_PATHS = {"/metrics", "/health", *(f"/api{route.path}" for route in all_routes())}
"""Of a server, and of a worker with a health check."""


@lru_cache
def compose() -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return told


@lru_cache
def objects() -> list[dict[str, Any]]:
    """All that the manifests declare."""
    return [one for file in MANIFESTS for one in yaml.safe_load_all(file.read_text(encoding="utf-8"))]


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [one for one in objects() if one["kind"] == kind]


def containers() -> list[dict[str, Any]]:
    return [each for one in of_kind("Deployment") for each in one["spec"]["template"]["spec"]["containers"]]


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every command of ours that a file starts, without `prefect`, and where it stands."""
    for name, service in compose()["services"].items():
        if "build" in service:
            yield f"compose {name}", service["command"][1:]
    for container in containers():
        yield f"kubernetes {container['name']}", container["args"][1:]
    for unit in UNITS:
        (started,) = re.findall(r"^ExecStart=\S+/prefect (.+)$", unit.read_text(encoding="utf-8"), re.MULTILINE)
        yield unit.name, started.split()
    (default,) = re.findall(r"^CMD (\[.+\])$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    yield "Dockerfile", yaml.safe_load(default)[1:]


def variables() -> Iterator[str]:
    """Every setting of ours that a file says."""
    for service in compose()["services"].values():
        yield from service.get("environment", {})
    for container in containers():
        yield from (variable["name"] for variable in container["env"])
    for file in [*UNITS, ROOT / "Dockerfile", DEPLOY / "nginx/prefect.conf"]:
        yield from re.findall(r"\bPREFECT_[A-Z_]+", file.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("place", "command"), list(commands()), ids=lambda told: told if isinstance(told, str) else "")
def test_each_command_is_one_of_this_version(place: str, command: Sequence[str]) -> None:
    build().parse_args(list(command), exit_on_error=False, print_error=False)


def test_each_variable_is_a_setting_of_this_version() -> None:
    said = {name for name in variables() if name.startswith("PREFECT_")}

    assert said - set(BY_ENV) == set()
    assert len(said) >= 8


def test_no_container_has_more_rights_than_it_needs() -> None:
    for name, service in compose()["services"].items():
        if "build" in service:
            assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"]), name
    for one in of_kind("Deployment"):
        assert one["spec"]["template"]["spec"]["securityContext"]["runAsNonRoot"] is True
    for container in containers():
        rights = container["securityContext"]
        assert rights["readOnlyRootFilesystem"] is True
        assert rights["allowPrivilegeEscalation"] is False
        assert {mount["mountPath"] for mount in container["volumeMounts"]} == {"/var/lib/prefect", "/tmp"}
    assert re.search(r"^USER prefect$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert all("\nUser=prefect\n" in unit.read_text(encoding="utf-8") for unit in UNITS)


def test_everybody_is_asked_for_his_health_where_he_answers() -> None:
    for name, service in compose()["services"].items():
        assert "healthcheck" in service or name == "server", "the image has the server's"
    for container in containers():
        ports = {port["name"] for port in container["ports"]}
        probes = [container[probe]["httpGet"] for probe in ("startupProbe", "livenessProbe")]
        assert {probe["port"] for probe in probes} <= ports
        assert {probe["path"] for probe in probes} <= OUR_PATHS


def test_manifests_refer_to_each_other_by_their_names() -> None:
    labels = [one["spec"]["template"]["metadata"]["labels"] for one in of_kind("Deployment")]
    for one in of_kind("Deployment"):
        assert one["spec"]["selector"]["matchLabels"] == one["spec"]["template"]["metadata"]["labels"]
    for service in of_kind("Service"):
        assert service["spec"]["selector"] in labels
    services = {one["metadata"]["name"] for one in of_kind("Service")}
    paths = [path for one in of_kind("Ingress") for rule in one["spec"]["rules"] for path in rule["http"]["paths"]]
    assert {path["backend"]["service"]["name"] for path in paths} == services
    accounts = {one["metadata"]["name"] for one in of_kind("ServiceAccount")}
    assert {one["spec"]["template"]["spec"].get("serviceAccountName") for one in of_kind("Deployment")} - {
        None
    } == accounts
    assert {one["metadata"]["namespace"] for one in objects()} == {"prefect"}


def test_secrets_are_in_no_file() -> None:
    for container in containers():
        secret = [
            each for each in container["env"] if re.search("AUTH_STRING|ENCRYPTION_KEY|CONNECTION_URL", each["name"])
        ]
        assert all("secretKeyRef" in each["valueFrom"] for each in secret)
    for service in compose()["services"].values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD|AUTH_STRING|ENCRYPTION_KEY|CONNECTION_URL", name):
                assert ":?say" in value


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: str(unit.name))
def test_systemd_understands_the_units(unit: Path, tmp_path: Path) -> None:
    program = tmp_path / "prefect"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    copy = tmp_path / unit.name
    copy.write_text(unit.read_text(encoding="utf-8").replace("/opt/prefect/bin/prefect", str(program)))

    checked = subprocess.run(["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False)

    assert (checked.returncode, checked.stderr) == (0, "")
