"""What code can ask of the run around it: contexts, `prefect.runtime`, tags, logs, variables."""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timezone
from pathlib import Path
from typing import Any

import pytest

from prefect import flow, get_run_logger, runtime, tags, task
from prefect.context import (
    FlowRunContext,
    TaskRunContext,
    get_run_context,
    get_settings_context,
    use_profile,
    with_context,
)
from prefect.exceptions import MissingContextError, MissingProfileError
from prefect.logging import LogEavesdropper, disable_logger, disable_run_logger, get_logger
from prefect.logging.formatters import JsonFormatter
from prefect.settings import Profile, temporary_settings
from prefect.variables import Variable
from tests.recorded import log_lines, messages, task_runs, the_flow_run


def test_outside_of_runs_there_is_no_context_and_everything_is_empty() -> None:
    assert FlowRunContext.get() is None
    assert TaskRunContext.get() is None
    with pytest.raises(MissingContextError):
        get_run_context()
    assert (runtime.flow_run.id, runtime.flow_run.name, runtime.flow_run.parameters) == (None, None, {})
    assert (runtime.task_run.id, runtime.task_run.tags, runtime.deployment.id) == (None, [], None)


def test_the_contexts_of_a_run() -> None:
    seen: dict[str, Any] = {}

    @task(tags=["t"])
    def inner(y: int) -> None:
        context = get_run_context()
        assert isinstance(context, TaskRunContext)
        seen["task"] = (context.task.name, context.task_run.name, context.parameters)
        seen["runtime"] = {
            "task_name": runtime.task_run.task_name,
            "tags": runtime.task_run.tags,
            "parameters": runtime.task_run.parameters,
            "run_count": runtime.task_run.run_count,
            "flow": runtime.flow_run.flow_name,
        }

    @flow(version="v7")
    def outer(x: int) -> str:
        context = get_run_context()
        assert isinstance(context, FlowRunContext)
        assert context.start_time.tzinfo is timezone.utc
        seen["flow"] = (context.flow.name, context.flow_run.name, context.parameters)
        seen["flow runtime"] = (runtime.flow_run.flow_version, runtime.flow_run.run_count, runtime.flow_run.parameters)
        inner(2)
        return str(runtime.flow_run.id)

    run_id = outer(1)

    assert seen["flow"] == ("outer", the_flow_run().name, {"x": 1})
    assert seen["flow runtime"] == ("v7", 1, {"x": 1})
    assert seen["task"] == ("inner", task_runs()[0].name, {"y": 2})
    assert seen["runtime"] == {
        "task_name": "inner",
        "tags": ["t"],
        "parameters": {"y": 2},
        "run_count": 1,
        "flow": "outer",
    }
    assert run_id == str(the_flow_run().id)


def test_a_subflow_knows_its_parent_and_its_root() -> None:
    @flow
    def inner() -> tuple[Any, Any]:
        return runtime.flow_run.parent_flow_run_id, runtime.flow_run.root_flow_run_id

    @flow
    def middle() -> Any:
        return runtime.flow_run.id, *inner()

    @flow
    def outer() -> Any:
        return runtime.flow_run.id, runtime.flow_run.parent_flow_run_id, *middle()

    outer_id, no_parent, middle_id, parent, root = outer()

    assert no_parent is None
    assert (parent, root) == (middle_id, outer_id)


def test_the_environment_stands_for_a_run_in_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT__RUNTIME__FLOW_RUN__NAME", "mocked")
    monkeypatch.setenv("PREFECT__RUNTIME__TASK_RUN__RUN_COUNT", "3")

    assert runtime.flow_run.name == "mocked"
    assert runtime.task_run.run_count == 3


def test_tags_add_up() -> None:
    seen: list[set[str]] = []

    @task
    def tagged() -> None:
        seen.append(set(runtime.task_run.tags))

    with tags("a") as outer, tags("b", "a") as inner:
        assert (outer, inner) == ({"a"}, {"a", "b"})
        tagged()
    tagged()

    assert seen == [{"a", "b"}, set()]


def test_a_context_can_be_carried_into_a_thread() -> None:
    @task
    def child() -> str:
        return str(runtime.flow_run.name)

    @flow
    def parent() -> str:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(with_context(child)).result()

    assert parent() == the_flow_run().name
    assert task_runs()[0].flow_run_id == the_flow_run().id


def test_a_plain_thread_has_no_context() -> None:
    found: list[Any] = []

    @flow
    def parent() -> None:
        thread = threading.Thread(target=lambda: found.append(FlowRunContext.get()))
        thread.start()
        thread.join()

    parent()

    assert found == [None]


# -- logs ---------------------------------------------------------------------------------------------------------


def test_there_is_no_run_logger_outside_of_runs() -> None:
    with pytest.raises(MissingContextError):
        get_run_logger()


def test_what_a_run_logs_is_recorded_with_its_level_and_run() -> None:
    @task
    def inner() -> None:
        get_run_logger().warning("careful: %d", 3)

    @flow
    def outer() -> None:
        get_run_logger().debug("not shown")
        get_run_logger(extra="x").info("from the flow")
        inner()

    outer()
    lines = {line.message: line for line in log_lines(the_flow_run())}

    assert lines["careful: 3"].level == logging.WARNING
    assert lines["careful: 3"].task_run_id == task_runs()[0].id
    assert lines["careful: 3"].name == "prefect.task_runs"
    assert lines["from the flow"].task_run_id is None
    assert lines["from the flow"].name == "prefect.flow_runs"
    assert "not shown" not in lines


def test_a_long_line_is_shortened_and_one_may_stay_out_of_the_record() -> None:
    @flow
    def logs() -> None:
        get_run_logger().info("x" * 2_000_000)
        get_run_logger().info("only here", extra={"send_to_api": False})

    logs()
    told = messages(the_flow_run())

    (long,) = [line for line in told if line.startswith("xxx")]
    assert long.endswith("... [truncated]")
    assert len(long) <= 1_000_000
    assert "only here" not in told


def test_the_console_line_names_time_level_and_run(capsys: pytest.CaptureFixture[str]) -> None:
    @flow(flow_run_name="日志")
    def logs() -> None:
        get_run_logger().error("told")

    logs()

    (line,) = [line for line in capsys.readouterr().err.splitlines() if "told" in line]
    moment, level, rest = line.split(" | ")
    assert len(moment) == len("12:00:00.000")
    assert level == "ERROR  "
    assert rest == "Flow run '日志' - told"


def test_run_loggers_can_be_silenced() -> None:
    with disable_run_logger():
        get_run_logger().info("nobody hears")
    with disable_logger("prefect.somewhere"):
        assert logging.getLogger("prefect.somewhere").disabled
    assert not logging.getLogger("prefect.somewhere").disabled


def test_a_logger_can_be_listened_to() -> None:
    with LogEavesdropper("prefect.listened", level=logging.INFO) as heard:
        logging.getLogger("prefect.listened").warning("one")
        logging.getLogger("prefect.listened").debug("not this")

    assert heard.text() == "[WARNING]: one"
    assert get_logger("listened").name == "prefect.listened"
    assert get_logger().name == "prefect"


def test_a_record_as_json() -> None:
    record = logging.LogRecord("prefect.x", logging.INFO, __file__, 1, "说 %d", (1,), None)

    assert json.loads(JsonFormatter().format(record))["message"] == "说 1"


def test_logs_are_kept_out_of_the_database_where_settings_say_so() -> None:
    @flow
    def quiet() -> None:
        return None

    with temporary_settings({"PREFECT_LOGGING_TO_API_ENABLED": False}):
        quiet()

    assert messages(the_flow_run()) == []


# -- variables ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["text", "文", 1, 1.5, True, None, [1, {"a": None}], {"k": [1]}])
def test_a_variable_keeps_any_json_value(value: Any) -> None:
    Variable.set("name", value)

    assert Variable.get("name") == value


def test_a_variable_is_replaced_only_when_told() -> None:
    Variable.set("name", 1, tags=["a"])
    with pytest.raises(ValueError, match="overwrite=True"):
        Variable.set("name", 2)
    assert Variable.get("name") == 1

    Variable.set("name", 2, overwrite=True)

    assert Variable.get("name") == 2
    assert Variable.unset("name")
    assert not Variable.unset("name")
    assert Variable.get("name") is None
    assert Variable.get("name", default=5) == 5


@pytest.mark.parametrize("name", ["With Space", "UPPER!", "a/b", "", "x" * 300])
def test_a_bad_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        Variable.set(name, 1)


def test_a_value_that_is_not_json_is_refused() -> None:
    with pytest.raises((TypeError, ValueError), match="JSON"):
        Variable.set("name", threading.Lock())


def test_variables_in_async_code() -> None:
    async def main() -> Any:
        await Variable.aset("name", 1)
        return await Variable.aget("name"), await Variable.aunset("name"), await Variable.aget("name", 9)

    assert asyncio.run(main()) == (1, True, 9)


def test_the_home_folder_holds_everything(home: Path) -> None:
    Variable.set("name", 1)

    assert (home / "prefect.db").is_file()


def test_a_profile_holds_inside_its_block(monkeypatch: pytest.MonkeyPatch) -> None:
    work = Profile(name="work", settings={"PREFECT_LOGGING_LEVEL": "ERROR"})
    monkeypatch.setenv("PREFECT_LOGGING_LEVEL", "DEBUG")

    with use_profile(work) as context:
        assert (context.profile.name, context.settings.logging.level) == ("work", "DEBUG")
    with use_profile(work, override_environment_variables=True):
        assert get_settings_context().settings.logging.level == "ERROR"
        assert get_settings_context().profile is work
    assert get_settings_context().profile.name == "ephemeral"
    with pytest.raises(MissingProfileError, match="nothing"), use_profile("nothing"):
        pass


SEEN: contextvars.ContextVar[str] = contextvars.ContextVar("seen", default="outside")


@task
def sets() -> str:
    SEEN.set("task")
    return SEEN.get()


@task
async def asets() -> str:
    SEEN.set("task")
    await asyncio.sleep(0)
    return SEEN.get()


def test_what_a_run_sets_in_context_variables_is_seen_inside_of_it_only() -> None:
    @flow
    def around(timeout: float | None) -> list[str]:
        SEEN.set("flow")
        limited = sets.with_options(timeout_seconds=timeout)
        return [limited(), SEEN.get(), limited.submit().result(), SEEN.get()]

    assert around(None) == around(20) == ["task", "flow"] * 2
    assert SEEN.get() == "outside"


def test_what_an_async_run_sets_in_context_variables_is_seen_inside_of_it_only() -> None:
    @flow
    async def around(timeout: float | None) -> list[str]:
        SEEN.set("flow")
        limited = asets.with_options(timeout_seconds=timeout)
        return [
            await limited(),
            SEEN.get(),
            sets(),
            SEEN.get(),
            *await asyncio.gather(limited(), limited()),
            SEEN.get(),
        ]

    async def main() -> None:
        SEEN.set("main")
        for timeout in (None, 20):
            assert await around(timeout) == ["task", "flow", "task", "flow", "task", "task", "flow"]
        assert SEEN.get() == "main"

    asyncio.run(main())


def test_a_run_sees_what_its_caller_has_set() -> None:
    @task
    def sees() -> str:
        return SEEN.get()

    @flow
    def around() -> list[str]:
        return [SEEN.get(), sees(), sees.submit().result()]

    token = SEEN.set("caller")
    try:
        assert around() == ["caller"] * 3
    finally:
        SEEN.reset(token)


def test_an_awaitable_of_any_kind_is_carried_on_in_the_context_of_its_run() -> None:
    class Odd:
        def __await__(self) -> Any:
            SEEN.set("odd")
            return iter([None, None])

    @task
    async def awaits() -> str:
        await Odd()
        return SEEN.get()

    @flow
    async def around() -> tuple[str, str]:
        return await awaits(), SEEN.get()

    assert asyncio.run(around()) == ("odd", "outside")


def test_a_cancelled_run_hears_of_it_in_its_own_context() -> None:
    heard: list[str] = []
    begun = asyncio.Event()

    @flow
    async def waits() -> None:
        SEEN.set("flow")
        try:
            begun.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            heard.append(SEEN.get())
            raise

    async def main() -> None:
        running = asyncio.ensure_future(waits())
        await begun.wait()
        running.cancel()
        await asyncio.wait([running])

    asyncio.run(main())

    assert heard == ["flow"]


def test_outside_of_a_run_runtime_tells_of_the_run_that_the_process_was_started_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @flow
    def started(x: int) -> Any:
        return runtime.flow_run.id

    run_id = started(1)
    monkeypatch.setenv("PREFECT__FLOW_RUN_ID", run_id)

    assert (runtime.flow_run.id, runtime.deployment.flow_run_id) == (run_id, run_id)
    assert (runtime.flow_run.flow_name, runtime.flow_run.parameters) == ("started", {"x": 1})
    assert runtime.deployment.name is None
    assert {"id", "name", "flow_run_id"} <= set(runtime.deployment.__all__)
