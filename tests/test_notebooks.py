"""What a notebook shows of states, runs and futures."""

from __future__ import annotations

from prefect import flow, get_client, task
from prefect.client.schemas.objects import TaskRun
from prefect.futures import PrefectFuture
from prefect.states import Completed, Failed


@task
def one() -> int:
    return 1


def test_a_state_is_its_name_on_its_colour_and_its_message() -> None:
    assert Failed(message="<b>no</b>")._repr_html_() == (
        '<span style="color:#fff;border-radius:4px;padding:1px 6px;font-size:90%;background:#b91c1c">Failed</span> '
        "&lt;b&gt;no&lt;/b&gt;"
    )
    assert ">Cached</span>" in Completed(name="Cached")._repr_html_()


def test_runs_are_told_by_their_names_and_what_is_known_of_them() -> None:
    @flow(flow_run_name="<first>")
    def report(day: str) -> None:
        one()

    report("monday")

    with get_client(sync_client=True) as client:
        (flow_run,), (task_run,) = client.read_flow_runs(), client.read_task_runs()
    shown = flow_run._repr_html_()
    assert "<b>Flow run &lt;first&gt;</b>" in shown
    assert ">Completed</span>" in shown
    assert str(flow_run.id) in shown
    assert "monday" in shown
    assert "tags" not in shown
    assert f"<b>Task run {task_run.name}</b>" in task_run._repr_html_()


def test_a_run_that_is_in_no_state_yet_is_shown_without_one() -> None:
    assert "span" not in TaskRun(task_key="a", dynamic_key="0", name="a")._repr_html_()


def test_a_future_tells_how_far_its_run_is() -> None:
    shown: list[str] = []

    @flow
    def submits() -> None:
        future: PrefectFuture[int] = one.submit()
        future.wait()
        shown.append(future._repr_html_())

    submits()

    assert "<b>A future</b>" in shown[0]
    assert ">Completed</span>" in shown[0]
