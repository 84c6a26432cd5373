"""The image of `Dockerfile`, and runs in containers of it by prefect-docker's worker, on podman; skipped without them.

The image's base is made by debootstrap, or named by `TIDEMILL_TEST_BASE` where one can be pulled. Images are pushed to
Debian's `docker-registry`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.flows import load_flow_from_entrypoint
from prefect.settings import temporary_settings
from prefect.states import Cancelling
from tests.faults.servers import free_port
from tests.packages.runs import ended, lines_of, state_of
from tests.serving import served, until

ROOT = Path(__file__).parents[2]
PLACE = ROOT / ".venv" / "containers"
CONTAINERS = """
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[containers]
netns = "host"
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
"""
REGISTRIES = """
[[registry]]
location = "{registry}"
insecure = true
"""
REGISTRY = """
version: 0.1
storage: {{filesystem: {{rootdirectory: {folder}}}}}
http: {{addr: {registry}}}
"""
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
FLOWS = """
import os, time
from prefect import flow

@flow(log_prints=True)
def fine():
    print("inside as", os.getuid())

@flow
def failing():
    raise ValueError("no")

@flow(log_prints=True)
def slow():
    print("waiting")
    time.sleep(300)

@flow(log_prints=True)
def killed():
    print("waiting")
    time.sleep(300)
"""
pytestmark = [
    pytest.mark.long,
    pytest.mark.filterwarnings("default"),
    pytest.mark.skipif(
        not all(map(shutil.which, ("podman", "runc", "debootstrap"))), reason="no podman, runc and debootstrap here"
    ),
]


@pytest.fixture(scope="module")
def registry() -> str:
    """The address of a registry, which need not be there yet."""
    return f"127.0.0.1:{free_port()}"


@pytest.fixture(scope="module")
def podman(registry: str) -> Iterator[str]:
    """The address of a container engine of this test's own, whose images stay for the next time."""
    PLACE.mkdir(parents=True, exist_ok=True)
    files = {"CONTAINERS_CONF": PLACE / "containers.conf", "CONTAINERS_STORAGE_CONF": PLACE / "storage.conf"}
    files["CONTAINERS_REGISTRIES_CONF"] = PLACE / "registries.conf"
    files["CONTAINERS_CONF"].write_text(CONTAINERS)
    files["CONTAINERS_REGISTRIES_CONF"].write_text(REGISTRIES.format(registry=registry))
    roots = f'runroot = "{PLACE / "run"}"\ngraphroot = "{PLACE / "graph"}"\n'
    files["CONTAINERS_STORAGE_CONF"].write_text(f'[storage]\ndriver = "vfs"\n{roots}')
    address = f"unix://{PLACE / 'podman.sock'}"
    with pytest.MonkeyPatch.context() as patch:
        for name, file in files.items():
            patch.setenv(name, str(file))
        patch.setenv("DOCKER_HOST", address)
        service = subprocess.Popen(["podman", "system", "service", "--time=0", address])
        yield address
        service.terminate()
        service.wait()


def done(*command: object) -> str:
    ended = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, f"{command}: {ended.stdout[-2000:]}{ended.stderr[-2000:]}"
    return ended.stdout.strip()


@pytest.fixture(scope="module")
def image(podman: str) -> str:
    """The image of this tree, built where it is not there yet."""
    tree = hashlib.sha256()
    for file in [ROOT / "Dockerfile", ROOT / "pyproject.toml", *sorted((ROOT / "src").rglob("*.py"))]:
        tree.update(file.read_bytes())
    name = f"localhost/tidemill:{tree.hexdigest()[:12]}"
    if subprocess.run(["podman", "image", "exists", name], check=False).returncode:
        settings = PLACE / "pip.conf"
        settings.write_text("[global]\ncert = /etc/ssl/host.crt\ndefault-timeout = 180\n")
        mounts = ["-v", f"{settings}:/etc/pip.conf:ro", "-v", f"{CERTIFICATES}:/etc/ssl/host.crt:ro"]
        base = ["--build-arg", f"BASE={os.environ.get('TIDEMILL_TEST_BASE') or made_base()}"]
        done("podman", "build", "--format", "docker", "--layers=false", *base, *mounts, "-t", name, ROOT)
    return name


def made_base() -> str:
    """A small Debian with Python."""
    name = "localhost/base:bookworm"
    if subprocess.run(["podman", "image", "exists", name], check=False).returncode:
        root = PLACE / "root"
        packages = "--include=python3,python3-venv,ca-certificates"
        done("debootstrap", "--variant=minbase", packages, "bookworm", root, "http://deb.debian.org/debian")
        packed = PLACE / "root.tar"
        done("tar", "-C", root, "-cf", packed, ".")
        done("podman", "import", packed, name)
        packed.unlink()
        shutil.rmtree(root)
    return name


@pytest.fixture
def started(image: str) -> Iterator[Any]:
    """Starts containers as `compose.yaml` does, which are removed after the test; gives their ids."""
    ids: list[str] = []

    def start(environment: dict[str, str], *command: str) -> str:
        said = [part for name, value in environment.items() for part in ("--env", f"{name}={value}")]
        rights = ["--read-only", "--tmpfs=/tmp", "--tmpfs=/home/prefect", "--cap-drop=ALL", "--init"]
        rights += ["--security-opt=no-new-privileges", "--volume", "/var/lib/prefect"]
        if shutil.which("catatonit") is None:
            rights.remove("--init")
        ids.append(done("podman", "run", "--detach", "--add-host=server:127.0.0.1", *rights, *said, image, *command))
        return ids[-1]

    yield start
    if ids:
        done("podman", "rm", "--force", "--volumes", "--time=5", *ids)


def is_healthy(id: str) -> bool:
    return subprocess.run(["podman", "healthcheck", "run", id], capture_output=True, check=False).returncode == 0


def test_a_server_and_a_worker_run_without_rights_and_are_well(started: Any) -> None:
    port, health = free_port(), free_port()
    server = started({"PREFECT_SERVER_API_PORT": str(port), "PREFECT_SERVER_API_AUTH_STRING": "ann:secret"})
    until(lambda: is_healthy(server), 60)
    api = f"http://server:{port}/api"
    told = {
        "PREFECT_API_URL": api,
        "PREFECT_API_AUTH_STRING": "ann:secret",
        "PREFECT_WORKER_WEBSERVER_PORT": str(health),
    }
    started(told, "prefect", "worker", "start", "--pool", "machine-room", "--name", "bob", "--with-healthcheck")
    until(lambda: answers(f"http://127.0.0.1:{health}/health"), 60)

    assert done("podman", "exec", server, "id", "-u") == "1000"
    workers = httpx.post(
        f"http://127.0.0.1:{port}/api/work_pools/machine-room/workers/filter", json={}, auth=("ann", "secret")
    )
    assert [(worker["name"], worker["status"]) for worker in workers.json()] == [("bob", "ONLINE")]
    lines = done("podman", "logs", server).splitlines()
    assert "The server is at" in json.loads(lines[0])["message"]
    assert httpx.get(f"http://127.0.0.1:{port}/", auth=("ann", "secret")).status_code == 200


def answers(address: str) -> bool:
    try:
        return httpx.get(address).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[None]:
    """A server, whose pool `containers` a worker of prefect-docker looks after."""
    docker = pytest.importorskip("prefect_docker.worker")
    (tmp_path / "flows.py").write_text(FLOWS)
    tmp_path.chmod(0o755)
    with served() as address, temporary_settings({"PREFECT_API_URL": address}):
        with get_client(sync_client=True) as client:
            template = docker.DockerWorker.get_default_base_job_template()
            client.create_work_pool(WorkPoolCreate(name="containers", type="docker", base_job_template=template))
        process = subprocess.Popen(
            [sys.executable, "-m", "prefect", "worker", "start", "--pool", "containers", "--type", "docker"],
            env={**os.environ, "PREFECT_API_URL": address},
        )
        yield
        process.terminate()
        process.wait(60)
        with get_client(sync_client=True) as client:
            started = [run.name for run in client.read_flow_runs()]
        if started:
            done("podman", "rm", "--force", "--time=1", "--ignore", *started)


def deployed(name: str, image: str, folder: Path) -> Any:
    """A new run of a flow, in a container; its id."""
    variables = {
        "image": image,
        "volumes": [f"{folder}:/srv:ro"],
        "image_pull_policy": "Never",
        "network_mode": "host",
        "auto_remove": False,  # of one that is removed at once, podman may not tell with which code it ended
    }
    with get_client(sync_client=True) as client:
        deployment = client.create_deployment(
            client.create_flow_from_name(name),
            name,
            work_pool_name="containers",
            entrypoint=f"/srv/flows.py:{name}",
            path="/srv",
            job_variables=variables,
        )
        return client.create_flow_run_from_deployment(deployment)


@pytest.fixture
def pushing(registry: str, tmp_path: Path) -> Iterator[str]:
    """The address of a registry that takes images."""
    if shutil.which("docker-registry") is None:
        pytest.skip("no docker-registry here")
    settings = tmp_path / "registry.yaml"
    settings.write_text(REGISTRY.format(folder=tmp_path / "pushed", registry=registry))
    process = subprocess.Popen(["docker-registry", "serve", str(settings)], stderr=subprocess.DEVNULL)
    until(lambda: answers(f"http://{registry}/v2/"), 30)
    yield registry
    process.terminate()
    process.wait()


@pytest.mark.usefixtures("worker")
def test_runs_in_containers_end_as_they_do_everywhere_with_their_lines(image: str, tmp_path: Path) -> None:
    fine, failing, slow, killed = (deployed(name, image, tmp_path) for name in ("fine", "failing", "slow", "killed"))

    assert ended(fine.id).name == "Completed"
    assert "inside as 1000" in lines_of(fine.id)
    assert (ended(failing.id).name, state_of(failing.id).message) == (
        "Failed",
        "Flow run encountered an exception: ValueError: no",
    )
    for run in (slow, killed):
        until(lambda run=run: "waiting" in lines_of(run.id), 120)  # type: ignore[misc]  # mypy knows no such lambda
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(slow.id, Cancelling())
    done("podman", "kill", "--signal=KILL", killed.name)

    assert ended(slow.id).name == "Cancelled"
    crashed = ended(killed.id)
    assert crashed.name == "Crashed"
    assert "137" in (crashed.message or "")
    until(lambda: done("podman", "ps", "--quiet") == "", 60)


@pytest.mark.usefixtures("worker")
def test_an_image_of_a_folder_is_built_pushed_and_pulled_by_its_runs(
    image: str, pushing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "flows.py").write_text(FLOWS)
    (folder / "flows.py").chmod(0o600)
    (folder / "requirements.txt").write_text("httpx\n")
    monkeypatch.chdir(folder)
    name = f"{pushing}/shop:1"

    loaded = load_flow_from_entrypoint("flows.py:fine")
    variables = {"image_pull_policy": "Always", "network_mode": "host", "auto_remove": False}
    with temporary_settings({"PREFECT_DEPLOYMENTS_BASE_IMAGE": image}):
        id = loaded.deploy("built", "containers", image=name, job_variables=variables, print_next_steps=False)
    done("podman", "rmi", name)
    with get_client(sync_client=True) as client:
        run = client.create_flow_run_from_deployment(id)

    assert ended(run.id).name == "Completed"
    assert "inside as 1000" in lines_of(run.id)
    pushed = httpx.get(f"http://{pushing}/v2/shop/tags/list").json()
    assert pushed == {"name": "shop", "tags": ["1"]}
