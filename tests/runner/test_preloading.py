"""What runs need is loaded once, by the process that is forked for each of them."""

from __future__ import annotations

import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from prefect.runner.http_source import HttpSource
from prefect.settings import get_current_settings
from tests.runner.scenes import deployed, ended, running, triggered, written
from tests.serving import served

LOADED_BEFORE = """
import sys
from prefect.runner import fork_server
fork_server.preload()
print(*sys.modules, sep="\\n")
"""
FLOW = """
import atexit

@atexit.register
def tell():
    Path("loading").write_text("\\n".join(sys.modules))
    Path("loading").rename("loaded")

@task
def add(a, b):
    get_run_logger().info("adding")
    return a + b

@flow(log_prints=True)
def around(a: int, b: int = 2):
    print("sum", add(a, b), add.submit(a, b).result())
"""


@pytest.mark.parametrize("is_remote", [False, True], ids=["in the database", "through a server"])
def test_a_forked_run_loads_nothing_but_its_own_code(is_remote: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    here = {"prefect.deployments.steps.set_working_directory": {"directory": str(Path.cwd())}}
    deployment = deployed(FLOW, pull_steps=[here])
    run = triggered(deployment, a=1)
    with served() if is_remote else nullcontext() as address:
        with monkeypatch.context() as there:
            if address:
                there.setenv("PREFECT_API_URL", address)
            command = [sys.executable, "-c", LOADED_BEFORE]
            before = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
            source = HttpSource(get_current_settings(), deployment_ids=[deployment]) if address else None
        with running(deployment, source=source):
            loaded = written("loaded").split()
            assert ended(run).is_completed()

    assert set(loaded) - set(before) - {"runpy"} == {"flows"}
