"""Plugins set up the environment, where they are enabled, before a program or a command does anything else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PLUGIN = """
from prefect.plugins import SetupResult, register_hook

@register_hook
def setup_environment(*, ctx):
    assert ctx.prefect_version.startswith("3.")
    return SetupResult(env={"TOKEN": "SEKRIT"}, note="of the day")
"""
ASYNC = PLUGIN.replace("def setup", "async def setup")
FAILS = PLUGIN.replace("    return", "    raise ValueError('no token')\n    return")
EMPTY = PLUGIN.replace('env={"TOKEN": "SEKRIT"}', "env={}, required=True")
SLOW = ASYNC.replace("    assert", "    import asyncio\n    await asyncio.sleep(60)\n    assert")
NEWER = f'PREFECT_PLUGIN_API_REQUIRES = ">=5"\n{PLUGIN}'
FUTURE = PLUGIN.replace("prefect.plugins", "prefect._experimental.plugins")
PROGRAM = "import os, prefect; print('token', os.environ.get('TOKEN'))"


def installed(code: str, name: str = "daily") -> None:
    """Have a package installed in the working directory that brings a plugin."""
    Path(f"{name}_plugin.py").write_text(code)
    about = Path(f"{name}-1.0.dist-info")
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[prefect.plugins]\n{name} = {name}_plugin\n")


def ended(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A program that has ended, with plugins enabled."""
    said = {f"PREFECT_PLUGINS_{name.upper()}": value for name, value in {"enabled": "1", **settings}.items()}
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd()), **said}
    return subprocess.run(
        [sys.executable, *words], env=environment, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("code", [PLUGIN, ASYNC, FUTURE], ids=["sync", "async", "old name"])
def test_what_a_plugin_wants_is_in_the_environment(code: str) -> None:
    installed(code)

    assert ended("-c", PROGRAM).stdout == "token SEKRIT\n"
    assert ended("-c", PROGRAM, enabled="0").stdout == "token None\n"


@pytest.mark.parametrize(
    "settings",
    [{"allow": "other"}, {"deny": "daily"}, {"safe_mode": "1"}],
    ids=["not allowed", "denied", "safe"],
)
def test_a_plugin_that_is_not_wanted_is_not_called(settings: dict[str, str]) -> None:
    installed(PLUGIN)

    assert ended("-c", PROGRAM, **settings).stdout == "token None\n"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (FAILS, "ValueError: no token"),
        (EMPTY, "It is required and sets nothing."),
        (NEWER, "It needs the plugin API >=5"),
        ("raise RuntimeError('broken')", "It cannot be loaded: broken"),
    ],
    ids=["fails", "empty", "newer", "broken"],
)
def test_a_plugin_that_fails_is_left_out(code: str, reason: str) -> None:
    installed(code)
    installed(PLUGIN.replace("TOKEN", "OTHER"), "other")

    lenient = ended("-c", f"{PROGRAM}; print('other', os.environ.get('OTHER'))")

    assert lenient.stdout == "token None\nother SEKRIT\n"
    assert f"The plugin 'daily' is left out: {reason}" in lenient.stderr


@pytest.mark.parametrize("code", [FAILS, EMPTY], ids=["fails", "empty"])
def test_in_strict_mode_a_plugin_that_fails_ends_the_program(code: str) -> None:
    installed(code)

    strict = ended("-c", PROGRAM, strict="1")

    assert (strict.returncode, strict.stdout) == (1, "")
    assert "[plugins] required plugin 'daily' failed:" in strict.stderr


def test_plugins_have_their_time() -> None:
    installed(SLOW)

    told = ended("-c", PROGRAM, setup_timeout_seconds="0.2")

    assert told.stdout == "token None\n"
    assert "took longer than 0.2 s." in told.stderr


def test_what_plugins_do_is_shown_without_values() -> None:
    installed(PLUGIN)

    shown = ended("-m", "prefect", "plugins", "diagnose")
    disabled = ended("-m", "prefect", "plugins", "diagnose", enabled="0")

    assert "TOKEN" in shown.stdout
    assert "of the day" in shown.stdout
    assert "SEKRIT" not in shown.stdout
    assert "PREFECT_PLUGINS_ENABLED=true" in disabled.stdout
