"""Logging as users configure it: by a file, by variables of the environment, and with further loggers.

Logging is set up once in a process, so each of these runs in one of its own.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from prefect import flow, get_run_logger
from prefect.client.orchestration import get_client
from prefect.exceptions import ConfigurationError
from prefect.logging.configuration import load_logging_config
from prefect.logging.handlers import APILogHandler

FLOW = """
import logging, sys
from prefect import flow, get_run_logger, task

shop, till = logging.getLogger("shop"), logging.getLogger("shop.till")

@task
def sell():
    shop.info("sold")
    till.warning("rang")
    get_run_logger().info("told in the task")

@flow
def day():
    shop.info("opened")
    logging.getLogger("elsewhere").error("heard")
    sell()
    get_run_logger().info("told in the flow")

day()
"""
FILE = """
formatters:
  mine:
    (): prefect.logging.formatters.PrefectFormatter
    format: "ALL %(message)s"
    flow_run_fmt: "FLOW %(flow_run_name)s %(message)s"
    task_run_fmt: "TASK %(task_name)s %(message)s"
handlers:
  console: {class: prefect.logging.handlers.PrefectConsoleHandler, formatter: mine}
  api: {class: prefect.logging.handlers.APILogHandler}
loggers:
  prefect: {level: "${PREFECT_LOGGING_LEVEL}", handlers: [console], propagate: false}
  prefect.flow_runs: {handlers: [api]}
  prefect.task_runs: {handlers: [api]}
"""


def run(program: str = FLOW, **environment: str) -> str:
    """What a program says on its standard error."""
    names = {"PREFECT__SETTINGS_TOLD", *(name for name in os.environ if name.startswith("PREFECT_LOGGING"))}
    inherited = {name: value for name, value in os.environ.items() if name not in names}
    done = subprocess.run(
        [sys.executable, "-c", program], env={**inherited, **environment}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def kept() -> list[tuple[str, bool]]:
    """The messages that were kept with runs, and whether each is a task run's."""
    with get_client(sync_client=True) as client:
        lines = client.read_logs(limit=200)
    return [(line.message, line.task_run_id is not None) for line in lines]


def test_further_loggers_belong_to_the_run_that_is_running() -> None:
    said = run(PREFECT_LOGGING_EXTRA_LOGGERS="shop")

    assert [line for line in kept() if line[0] in ("opened", "sold", "rang")] == [
        ("opened", False),
        ("sold", True),
        ("rang", True),
    ]
    assert [said.count(word) for word in ("opened", "sold", "rang")] == [1, 1, 1]


def test_a_logger_below_another_further_one_is_heard_once() -> None:
    said = run(PREFECT_LOGGING_EXTRA_LOGGERS="shop.till,shop")

    assert kept().count(("rang", True)) == 1
    assert said.count("rang") == 1


def test_the_root_logger_may_be_a_further_one() -> None:
    said = run(PREFECT_LOGGING_EXTRA_LOGGERS="root")

    assert kept().count(("heard", False)) == 1
    assert kept().count(("told in the flow", False)) == 1
    assert said.count("heard") == said.count("told in the flow") == 1


def test_a_file_of_the_root_logger_holds_the_lines_of_runs(tmp_path: Path) -> None:
    log = tmp_path / "mine.log"

    said = run(f"import logging\nlogging.getLogger().addHandler(logging.FileHandler({str(log)!r}))\n{FLOW}")

    assert said.count("told in the flow") == log.read_text().count("told in the flow") == 1


def test_a_terminal_shows_the_lines_of_runs_once_where_the_root_logger_writes_to_it() -> None:
    said = run(f"import logging\nlogging.basicConfig()\n{FLOW}")

    assert said.count("told in the flow") == 1


SET_UP_AGAIN = """
from prefect.logging import get_logger
from prefect.logging.configuration import setup_logging
from prefect.settings import PREFECT_LOGGING_LEVEL, temporary_settings

setup_logging()
get_logger("shop").debug("too early")
with temporary_settings({PREFECT_LOGGING_LEVEL: "DEBUG"}):
    setup_logging()
    get_logger("shop").debug("in time")
    setup_logging(incremental=False)
    get_logger("shop").debug("once")
setup_logging()
get_logger("shop").debug("too late")
"""


def test_who_sets_logging_up_again_gets_the_levels_of_the_settings_as_they_are_then() -> None:
    assert [line.rpartition("- ")[2] for line in run(SET_UP_AGAIN).splitlines()] == ["in time", "once"]


def test_other_loggers_do_not_belong_to_runs() -> None:
    run()

    assert not {"opened", "sold", "heard"} & {message for message, _ in kept()}


def test_users_may_give_their_loggers_the_handler_themselves() -> None:
    own = "import logging; from prefect.logging.handlers import APILogHandler\n"
    own += "logging.getLogger('elsewhere').addHandler(APILogHandler())\n"

    run(own + FLOW)

    assert kept().count(("heard", False)) == 1


@pytest.mark.parametrize(
    ("wish", "said"),
    [("warn", "UserWarning"), ("error", "MissingContextError"), ("ignore", "")],
)
def test_a_line_of_no_run_is_warned_of_refused_or_let_go(wish: str, said: str) -> None:
    program = """
import logging, warnings
from prefect.logging.handlers import APILogHandler
logger = logging.getLogger("mine")
logger.addHandler(APILogHandler())
try:
    logger.error("lost", extra={"send_to_api": False})
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        logger.error("lost")
    print(*(one.category.__name__ for one in told), end="", file=__import__("sys").stderr)
    assert all(one.filename == "<string>" for one in told)
except Exception as error:
    print(type(error).__name__, end="", file=__import__("sys").stderr)
"""

    assert run(program, PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW=wish) == said


def test_a_file_says_how_lines_look(home: Path) -> None:
    home.mkdir()
    (home / "logging.yml").write_text(FILE)

    lines = run().splitlines()

    assert lines[0].startswith("FLOW ")
    assert "TASK sell told in the task" in lines
    assert ("told in the task", True) in kept()


def test_a_file_may_be_elsewhere_and_settings_stand_in_it(tmp_path: Path) -> None:
    (tmp_path / "mine.yml").write_text(FILE)

    said = run(PREFECT_LOGGING_SETTINGS_PATH=str(tmp_path / "mine.yml"), PREFECT_LOGGING_LEVEL="WARNING")

    assert said == "heard\n"


def test_the_environment_replaces_keys() -> None:
    said = run(
        PREFECT_LOGGING_LOGGERS_PREFECT_TASK_RUNS_LEVEL="ERROR",
        PREFECT_LOGGING_FORMATTERS_STANDARD_FLOW_RUN_FMT="<%(flow_name)s> %(message)s",
    )

    assert "<day> told in the flow" in said
    assert "told in the task" not in said
    assert ("told in the task", True) not in kept()


def test_a_variable_that_names_no_key_is_told() -> None:
    said = run(PREFECT_LOGGING_HANDLERS_NOTHING_LEVEL="1")

    assert "PREFECT_LOGGING_HANDLERS_NOTHING_LEVEL names no key of the logging configuration" in said


def test_the_built_in_configuration_looks_the_same_by_hand_and_by_the_library() -> None:
    def shape(said: str) -> list[str]:
        return [re.sub(r"^[\d:.]+|'[^']*'", "", line) for line in said.splitlines()]

    assert shape(run()) == shape(run(PREFECT_LOGGING_LOGGERS_PREFECT_TASK_RUNS_LEVEL="NOTSET"))


def test_markup_and_styles_are_shown_as_rich_shows_them() -> None:
    program = FLOW.replace('"told in the flow"', '"[bold]told[/bold] in the flow"')

    assert "- told in the flow" in run(program, PREFECT_LOGGING_MARKUP="true")


@pytest.mark.parametrize(
    ("text", "why"),
    [("handlers: [", "not valid YAML"), ("- a\n- b\n", "holds list"), ("5", "holds int")],
)
def test_a_file_that_is_none_is_told(text: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "logging.yml").write_text(text)

    with pytest.raises(ConfigurationError, match=why):
        load_logging_config(tmp_path / "logging.yml")


def test_what_a_terminal_obeys_is_shown_in_a_log_and_kept_as_it_is() -> None:
    program = (
        "import logging\nfrom prefect import flow, get_run_logger\n"
        "@flow\ndef f():\n    try:\n        raise ValueError('\\x1b[2Jraised')\n"
        "    except ValueError:\n        get_run_logger().exception('\\x1b]0;title\\a')\n"
        "f()"
    )

    told = run(program)

    assert "\x1b" not in told
    assert r"\x1b]0;title\x07" in told
    assert r"ValueError: \x1b[2Jraised" in told
    assert any("\x1b]0;title\a" in message for message, _ in kept())


def test_what_was_logged_is_on_disk_when_the_handler_says_so() -> None:
    @flow
    async def says() -> list[str]:
        get_run_logger().info("said")
        await APILogHandler.aflush()
        async with get_client() as client:
            return [line.message for line in await client.read_logs()]

    assert "said" in asyncio.run(says())
