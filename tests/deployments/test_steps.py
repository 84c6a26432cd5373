"""Steps run one after the other and hand on what they tell."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from prefect.blocks.system import Secret
from prefect.deployments.steps import (
    StepExecutionError,
    agit_clone,
    git_clone,
    pull_from_remote_storage,
    pull_with_block,
    run_shell_script,
    run_step,
    run_steps,
    set_working_directory,
)
from prefect.filesystems import LocalFileSystem
from prefect.variables import Variable
from tests.repositories import Repository

SHELL = "prefect.deployments.steps.run_shell_script"
CLONE = "prefect.deployments.steps.git_clone"


def say(word: str, times: int = 1) -> dict[str, Any]:
    """A step of these tests."""
    return {"said": word * times, "times": times}


async def asay(word: str) -> dict[str, Any]:
    return {"said": word}


SAY = f"{__name__}.say"


def test_later_steps_use_what_earlier_ones_told() -> None:
    outputs = run_steps(
        [
            {SAY: {"id": "first", "word": "a", "times": 2}},
            {SAY: {"id": "second", "word": "{{ said }}-{{ first.said }}", "times": "{{ first.times }}"}},
        ]
    )

    assert outputs["second"] == {"said": "aa-aaaa-aa", "times": 2}
    assert outputs["said"] == "aa-aaaa-aa"


def test_an_async_function_is_a_step_too() -> None:
    assert run_step({f"{__name__}.asay": {"word": "b"}}) == {"said": "b"}


def test_variables_and_the_environment_are_filled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP", "north")
    Variable.set("word", {"text": "v"})

    assert run_step({SAY: {"word": "{{ $SHOP }}"}})["said"] == "north"
    assert run_step({SAY: {"word": "{{ prefect.variables.word.text }}"}})["said"] == "v"


def test_blocks_are_filled_in_with_their_secrets() -> None:
    Secret(value="swordfish").save("token")
    LocalFileSystem(basepath="/data").save("data")

    assert run_step({SAY: {"word": "{{ prefect.blocks.secret.token }}"}})["said"] == "swordfish"
    assert run_step({SAY: {"word": "{{ prefect.blocks.local-file-system.data.basepath }}"}})["said"] == "/data"


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        ({"no.such.step": {}}, "no.such.step failed: No module named 'no'"),
        ({f"{__name__}.nothing": {}}, "has no function 'nothing'"),
        ({"bare": {}}, "no import path"),
        ({SAY: {"volume": 11}}, "unexpected keyword argument"),
        ({SAY: {"word": "{{ $NOT_SET_HERE }}"}}, "'NOT_SET_HERE', which is not set"),
        ({SAY: {"word": "{{ prefect.variables.nothing }}"}}, "no variable 'nothing'"),
        ({SAY: {"word": "{{ prefect.blocks.secret.nothing }}"}}, "no block 'nothing'"),
        ({SAY: {"word": "{{ prefect.blocks.secret }}"}}, "names no block"),
        ({SAY: ["a"]}, "its arguments are names with values"),
        ({SAY: {}, "other": {}}, "a step is one import path"),
        ({"no.such": {"requires": "--index-url=x"}}, "no package"),
    ],
)
def test_a_step_that_cannot_be_run_says_which_and_why(step: dict[str, Any], sentence: str) -> None:
    with pytest.raises(StepExecutionError, match=sentence):
        run_steps([step])


def test_what_a_step_requires_is_installed_when_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "installed"
    folder.mkdir()
    uv = tmp_path / "bin" / "uv"
    uv.parent.mkdir()
    uv.write_text(f"#!/bin/sh\necho 'def greet(): return {{\"args\": \"'$*'\"}}' > {folder}/later_step.py\n")
    uv.chmod(uv.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", f"{uv.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.syspath_prepend(folder)

    told = run_step({"later_step.greet": {"requires": ["later-step>=1"]}})

    assert told == {"args": f"pip install --python {sys.executable} later-step>=1"}


def test_a_script_is_run_line_by_line_without_a_shell(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    told = run_shell_script(
        f"""
        {sys.executable} -c "import os; print(os.getcwd())"
        # a comment
        echo $HOME; touch sentinel
        """,
        directory=str(tmp_path),
    )

    assert told["stdout"].splitlines() == [str(tmp_path), "$HOME; touch sentinel"]
    assert not (tmp_path / "sentinel").exists()
    assert str(tmp_path) in capfd.readouterr().out


def test_a_script_gets_its_environment_and_may_be_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    told = run_shell_script("echo ${SHOP}", env={"SHOP": "north"}, expand_env_vars=True, stream_output=False)
    shelled = run_shell_script("echo $SHOP | tr a-z A-Z; echo bad >&2", env={"SHOP": "north"}, shell=True)

    assert told == {"stdout": "north", "stderr": ""}
    assert shelled == {"stdout": "NORTH", "stderr": "bad"}
    assert "north" not in capfd.readouterr().out


@pytest.mark.parametrize(
    ("script", "sentence"),
    [("sh -c 'echo no >&2; exit 3'", "exit code 3: no"), ("no-such-command", "could not be started")],
)
def test_a_script_that_fails_says_so(script: str, sentence: str) -> None:
    with pytest.raises(RuntimeError, match=sentence):
        run_shell_script(script)


def test_a_repository_is_cloned_below_the_working_directory(repository: Repository) -> None:
    repository.commit({"a.py": "one"})
    repository.git("checkout", "-q", "-b", "dev")
    repository.commit({"a.py": "two"})

    told = git_clone(str(repository.folder), branch="dev", clone_directory_name="code")
    awaited = asyncio.run(agit_clone(str(repository.folder), branch="main"))

    assert told == {"directory": str(Path.cwd() / "code")}
    assert Path("code/a.py").read_text() == "two"
    assert (Path(awaited["directory"]) / "a.py").read_text() == "one"


def test_a_token_is_not_told_when_cloning_fails() -> None:
    arguments = {"repository": "file:///no/such", "access_token": "swordfish"}

    with pytest.raises(StepExecutionError) as told:
        run_steps([{CLONE: arguments}])
    assert "swordfish" not in str(told.value)


def test_a_whole_pull_ends_in_its_folder(repository: Repository) -> None:
    repository.commit({"flows/a.py": "one"})

    outputs = run_steps(
        [
            {CLONE: {"id": "code", "repository": str(repository.folder)}},
            {"prefect.deployments.steps.set_working_directory": {"directory": "{{ code.directory }}/flows"}},
        ]
    )

    assert Path.cwd().name == "flows"
    assert outputs["directory"].endswith("shop/flows")


def test_a_remote_folder_is_a_step_too() -> None:
    import fsspec

    fsspec.filesystem("memory").pipe({"/steps/a.py": b"remote"})

    told = pull_from_remote_storage("memory://steps")

    assert (Path(told["directory"]) / "a.py").read_text() == "remote"


def test_the_working_directory_is_set(tmp_path: Path) -> None:
    assert set_working_directory(str(tmp_path)) == {"directory": str(tmp_path)}
    assert Path.cwd() == tmp_path
    assert run_step({SHELL: {"script": "pwd"}})["stdout"] == str(tmp_path)


def test_a_storage_block_brings_its_folder(tmp_path: Path) -> None:
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf/a.py").write_text("from the shelf")
    LocalFileSystem(basepath=str(tmp_path / "shelf")).save("shelf")

    told = pull_with_block("shelf", "local-file-system")

    assert (Path(told["directory"]) / "a.py").read_text() == "from the shelf"
