"""`prefect worker start --install-policy`: the package that brings a kind of worker is installed where one says so."""

from __future__ import annotations

import os
import site
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = """
from prefect.workers.base import BaseJobConfiguration, BaseWorker, BaseWorkerResult

class DockerWorker(BaseWorker):
    type = "docker"
    job_configuration = BaseJobConfiguration

    async def run(self, flow_run, configuration, task_status=None):
        return BaseWorkerResult(identifier="none", status_code=0)
"""


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """A folder of wheels with a prefect-docker that needs nothing."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    about = "prefect_docker-1.0.dist-info"
    with zipfile.ZipFile(folder / "prefect_docker-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("prefect_docker.py", PACKAGE)
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: prefect-docker\nVersion: 1.0\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/entry_points.txt", "[prefect.collections]\nprefect_docker = prefect_docker\n")
        wheel.writestr(f"{about}/RECORD", "")
    return folder


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """The Python of an environment of its own, in which all is installed that is installed here."""
    place = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "uv", "--quiet", "venv", str(place)], check=True)
    (packages,) = place.glob("lib/python*/site-packages")
    (packages / "of_here.pth").write_text("\n".join([*site.getsitepackages(), str(ROOT / "src")]))
    return place / "bin" / "python"


@pytest.mark.long
def test_the_package_of_a_type_is_installed_where_the_policy_says_so(python: Path, index: Path) -> None:
    alone = {**os.environ, "UV_NO_INDEX": "1", "UV_OFFLINE": "1", "UV_FIND_LINKS": str(index), "PIP_NO_INDEX": "1"}

    def start(policy: str, type: str = "docker") -> subprocess.CompletedProcess[str]:
        command = [
            "worker",
            "start",
            "--pool",
            f"pool-{type}",
            "--type",
            type,
            "--run-once",
            "--install-policy",
            policy,
        ]
        return subprocess.run(
            [python, "-m", "prefect", *command],
            env=alone,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    for policy in ("never", "prompt"):  # where nobody can be asked
        refused = start(policy)
        assert (refused.returncode, "pip install prefect-docker" in refused.stderr) == (1, True), refused
    unavailable = start("if-not-present", "kubernetes")
    assert unavailable.returncode == 1
    assert "prefect-kubernetes could not be installed" in unavailable.stderr

    installed = start("if-not-present")

    assert installed.returncode == 0, installed.stderr
    assert "starts the runs of the work pool 'pool-docker'" in installed.stdout
    assert start("never").returncode == 0
    assert start("always").returncode == 0
