"""The runner's promise: a claimed run is carried out once, in a process of its own, and ends when that does."""

from __future__ import annotations

from tests import recorded
from tests.runner.scenes import deployed, ended, found, printed, running, triggered


def test_a_deployed_flow_runs_with_its_parameters_and_its_prints_are_kept() -> None:
    deployment = deployed(
        """
@task
def add(a, b):
    return a + b

@flow
def around(a: int, b: int = 2):
    print("adding", a, b)
    subprocess.run(["echo", "from a subprocess"])
    get_run_logger().info("logged %s", add(a, b))
"""
    )
    run = triggered(deployment, a=1)

    with running(deployment):
        state = ended(run)
        lines = found(lambda: kept if len(kept := printed(run)) == 2 else None, "output")

    assert state.is_completed()
    assert lines == ["adding 1 2", "from a subprocess"]
    assert [line for line in recorded.messages(run) if line.startswith("logged")] == ["logged 3"]
    assert recorded.history(run) == ["Scheduled", "Pending", "Running", "Completed"]
    assert recorded.names_of([task.state for task in recorded.task_runs(run.id) if task.state]) == ["Completed"]
