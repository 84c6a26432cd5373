"""Lines that are odd, huge or many, and processes that are killed while they log: what was logged is kept, in order."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from prefect.logging.handlers import shortened
from prefect.settings import get_current_settings
from tests import recorded
from tests.faults.programs import carried_out, program
from tests.faults.servers import serving
from tests.runner.scenes import deployed, ended, found, running, triggered
from tests.serving import served

pytestmark = pytest.mark.long

PATH = os.pathsep.join(sys.path)


@pytest.fixture(params=["no server", "a server"])
def place(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """What programs are told of where their runs are recorded."""
    if request.param == "no server":
        yield {}
        return
    with served() as address:
        yield {"PREFECT_API_URL": address}


ODD = {
    "NUL": "a\0b",
    "a lone surrogate": "a\ud800b",
    "bytes": str(b"\xff\xfe"),
    "colours": "\x1b[31mred\x1b[0m",
    "marks": "100 % {} {0} %(name)",
    "lines": "a\r\nb\u2028c",
    "5 MB": "x" * 5_000_000,
    "nothing": "",
}
SAYING = """
from tests.faults.test_logs import ODD

@task
def step():
    for line in ODD.values():
        get_run_logger().info(line)

@flow(log_prints=True)
def around():
    step()
    print(ODD["a lone surrogate"])
    get_run_logger().info("last")

around()
"""


def test_no_line_is_too_odd_to_be_kept(place: dict[str, str]) -> None:
    told = carried_out(SAYING, within=60, PYTHONPATH=PATH, **place)

    assert told.returncode == 0, ascii(told.stderr[-1000:])
    most = get_current_settings().logging.to_api.max_log_size
    kept = [shortened(line.replace("\ud800", "�").replace("\0", "�"), most) for line in ODD.values()]
    assert kept[-2].endswith("... [truncated]")
    lines = [line for line in recorded.messages(recorded.the_flow_run()) if line in (*kept, "last")]
    assert lines == [*kept, "a�b", "last"]
    assert recorded.the_flow_run().state_name == "Completed"
    assert {run.state_name for run in recorded.task_runs()} == {"Completed"}


GIVEN = """
@task
def step(name):
    raise ValueError(f"{name}\\0")

@flow
def around(name):
    step(name)

assert around("a\\ud800b", return_state=True).is_failed()
"""


def test_nothing_that_a_run_is_given_or_says_is_too_odd_to_be_kept(place: dict[str, str]) -> None:
    told = carried_out(GIVEN, within=60, **place)

    assert told.returncode == 0, ascii(told.stderr[-1000:])
    run, step_run = recorded.the_flow_run(), recorded.the_task_run()
    assert (run.parameters, run.state_name, step_run.state_name) == ({"name": "a�b"}, "Failed", "Failed")
    assert all(known.state and "a�b�" in str(known.state.message) for known in (run, step_run))


MANY = 40_000
FLOOD = """
import resource

@flow
def around():
    logger = get_run_logger()
    logger.info("first")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(MANY):
        logger.info("line %s", number)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)

around()
"""


def test_lines_that_come_faster_than_the_disk_takes_them_are_kept_in_bounded_memory() -> None:
    told = carried_out(FLOOD.replace("MANY", str(MANY)))

    assert told.returncode == 0, told.stderr[-1000:]
    lines = [line for line in recorded.messages(recorded.the_flow_run()) if line.startswith("line ")]
    assert lines == [f"line {number}" for number in range(MANY)]
    assert int(told.stdout) < 60 * 1024


CHATTY = """
@flow
def around():
    logger = get_run_logger()
    with open("emitted", "w", buffering=1) as emitted:
        for number in range(1_000_000):
            logger.info("line %s", number)
            emitted.write(f"{number}\\n")
            time.sleep(0.001)

around()
"""
LOOKING = """
from prefect._engine.recorders import close_recorders, recorder

recorder()
close_recorders()
"""


@pytest.mark.parametrize("through", ["no server", "a server", "a server of this home"])
def test_every_line_that_a_killed_flow_had_logged_is_kept_in_order_and_once(through: str, home: Path) -> None:
    """Found by the next program, over HTTP too, or by the server itself."""
    with serving("--no-worker", *([] if "home" in through else ["--no-services"])) as server:
        env = {} if through == "no server" else {"PREFECT_API_URL": server.url}
        with program(CHATTY, **env) as process:
            found(lambda: Path("emitted").exists() and len(Path("emitted").read_text()) > 2_000, "lines")
            process.kill()
        if "home" in through:
            found(lambda: not list(home.rglob("*.lines")), "look of the server")
        else:
            assert carried_out(LOOKING, within=60, **env).returncode == 0

    emitted = Path("emitted").read_text().count("\n")
    stored = [line for line in recorded.messages(recorded.the_flow_run()) if line.startswith("line ")]
    assert stored == [f"line {number}" for number in range(len(stored))]
    assert emitted <= len(stored) <= emitted + 1
    assert not list(home.rglob("*.lines"))


ABRUPT = """
@flow
def around():
    for number in range(20):
        get_run_logger().info("line %s", number)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_run_whose_process_was_killed_is_crashed_with_its_last_line() -> None:
    deployment_id = deployed(ABRUPT)
    run = triggered(deployment_id)
    with running(deployment_id):
        assert ended(run).is_crashed()

    assert [line for line in recorded.messages(run) if line.startswith("line ")] == [f"line {n}" for n in range(20)]
