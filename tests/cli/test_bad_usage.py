"""What users get wrong is told in one line that says what to do, with exit code 1 and without a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from prefect.variables import Variable
from tests.faults.servers import serving

FILES = {
    "binary.py": b"\x7fELF\0\xff",
    "circle.py": b"import other\nfrom prefect import flow\n@flow\ndef f(): pass\n",
    "other.py": b"from circle import f\n",
}
DEPLOY = ["deploy", "--no-prompt", "-n", "x", "-p", "p"]


def said(*arguments: str, **env: str) -> str:
    """What a command that fails says."""
    done = subprocess.run(
        [sys.executable, "-m", "prefect", *arguments], env={**os.environ, **env}, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done
    return done.stderr


@pytest.mark.parametrize(
    ("entrypoint", "told"),
    [
        ("binary.py:f", "Running 'binary.py' raised"),
        ("circle:g", "circular import"),
        ("circle.py", "names no function"),
        ("circle.py:", "names no function"),
        ("circle.py:g", "circular import"),
        ("none.py:f", "There is no file 'none.py'"),
    ],
)
def test_a_flow_that_cannot_be_loaded_is_told(entrypoint: str, told: str) -> None:
    for name, content in FILES.items():
        Path(name).write_bytes(content)

    assert told in said(*DEPLOY, entrypoint)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a = [", "profiles.toml is not valid TOML"),
        (b"\xff\xfe", "profiles.toml is not valid TOML"),
        (b'active = "gone"\n', "There is no profile 'gone'"),
    ],
)
def test_a_file_of_profiles_that_cannot_be_read_is_told(home: Path, content: bytes, told: str) -> None:
    home.mkdir()
    (home / "profiles.toml").write_bytes(content)

    assert told in said("flow-run", "ls")


@pytest.mark.parametrize("url", ["ftp://x/api", "http://a:s3cret@[::1]:9"])
def test_a_server_that_is_not_there_is_told_with_the_setting(url: str) -> None:
    told = said("flow-run", "ls", PREFECT_API_URL=url)

    assert "PREFECT_API_URL" in told
    assert "s3cret" not in told


def test_an_address_without_api_is_told() -> None:
    with serving("--no-worker", "--no-services") as server:
        told = said("flow-run", "ls", PREFECT_API_URL=server.url.removesuffix("/api"))

    assert "does PREFECT_API_URL end with it?" in told


def test_an_address_of_a_database_that_is_none_is_told_without_its_password() -> None:
    told = said("flow-run", "ls", PREFECT_SERVER_DATABASE_CONNECTION_URL="mysql://me:s3cret@host/db")

    assert "mysql://me:********@host/db" in told
    assert "PREFECT_SERVER_DATABASE_CONNECTION_URL" in told


def test_a_terminal_that_knows_ascii_alone_is_shown_escapes() -> None:
    Variable.set("owner", "Zoë 夜")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}

    done = subprocess.run([sys.executable, "-m", "prefect", "variable", "ls"], env=environment, capture_output=True)

    assert done.returncode == 0, done.stderr
    assert rb"Zo\xeb \u591c" in done.stdout


def test_a_misspelt_setting_is_told() -> None:
    env = {**os.environ, "PREFECT_LOGING_LEVEL": "DEBUG", "PREFECT_MY_OWN": "1", "PREFECT__FLOW_RUN_EPOCH": "1"}

    done = subprocess.run([sys.executable, "-m", "prefect", "config", "view"], env=env, capture_output=True, text=True)

    assert done.returncode == 0
    assert done.stderr == (
        "Warning: PREFECT_LOGING_LEVEL in the environment is no setting and does nothing. "
        "Did you mean PREFECT_LOGGING_LEVEL?\n"
        "Warning: PREFECT_MY_OWN in the environment is no setting and does nothing.\n"
    )
