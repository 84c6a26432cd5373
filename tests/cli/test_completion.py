"""What shells are told when somebody presses the tab key."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.terminal import Terminal


def words(prefect: Terminal, *typed: str) -> list[str]:
    return prefect("completion", "words", "--", *typed).splitlines()


def test_commands_and_options_are_completed(prefect: Terminal) -> None:
    assert words(prefect, "va") == ["variable"]
    assert words(prefect, "variable", "in") == ["inspect"]
    assert words(prefect, "--profile", "local", "variables", "unse") == ["unset"]
    assert words(prefect, "variable", "set", "--o") == ["--overwrite"]
    assert words(prefect, "--pro") == ["--profile", "--prompt"]


def test_names_are_completed(anywhere: Terminal) -> None:
    anywhere("variable", "set", "threshold", "1")
    anywhere("block", "create", "json", "-n", "numbers", "-f", "value=1")

    anywhere("work-pool", "create", "数据")

    assert words(anywhere, "variable", "get", "th") == ["threshold"]
    assert words(anywhere, "variable", "get", "threshold", "th") == []
    assert words(anywhere, "worker", "start", "--pool", "") == ["数据"]
    assert words(anywhere, "block", "inspect", "json/") == ["json/numbers"]
    assert words(anywhere, "profile", "use", "lo") == ["local"]
    assert words(anywhere, "config", "set", "PREFECT_LOGGING_LEV") == ["PREFECT_LOGGING_LEVEL"]


@pytest.mark.parametrize(
    ("shell", "place"),
    [("bash", ".local/share/bash-completion/completions/prefect"), ("zsh", ".zfunc/_prefect")],
)
def test_the_script_of_a_shell_is_written_where_it_looks(
    prefect: Terminal, tmp_path: Path, shell: str, place: str
) -> None:
    prefect("--install-completion", HOME=str(tmp_path), SHELL=f"/bin/{shell}")

    assert (tmp_path / place).read_text() == prefect("completion", "show", shell)
    assert "bash, zsh or fish" in prefect("--show-completion", expect=1, SHELL="/bin/odd")
