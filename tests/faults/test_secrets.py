"""What is secret is told nowhere, and what is written is for its owner alone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from prefect._api.table import all_routes
from prefect._engine.recorders import close_recorders
from prefect.blocks.core import Block
from prefect.blocks.system import Secret
from prefect.settings import temporary_settings
from tests.faults.programs import carried_out
from tests.faults.servers import serving
from tests.runner.scenes import deployed, ended, found, printed, running, triggered
from tests.serving import Caller, embedded

SECRET = "SEKRIT-5f2a9c"
"""A text that must be nowhere."""


NOUNS = ["flows", "flow_runs", "task_runs", "block_types", "block_schemas", "block_documents", "deployments"]


class Account(Block):
    """A block that holds secrets in all the ways in which blocks do."""

    name: str
    password: SecretStr
    more: dict[str, SecretStr]
    inner: Secret[str]


SETTINGS = {
    "PREFECT_API_KEY": "KEY-71d0be",
    "PREFECT_SERVER_API_AUTH_STRING": "user:AUTH-c4a9f1",
    "PREFECT_SERVER_ENCRYPTION_KEY": "mJ0cB5SCw0ZGm3BtiDNnQqCfXJ3h0dC1pTq2bV3Z5gE=",
}
SECRETS = [SECRET, "KEY-71d0be", "AUTH-c4a9f1", "dXNlcjpBVVRILWM0YTlmMQ==", "mJ0cB5SCw0ZG"]
"""What must be nowhere, also as a header carries it."""
CARELESS = """
from prefect.blocks.system import Secret
from prefect.settings import get_current_settings

@task(log_prints=True)
def tell_settings():
    print({name: value for name, value in os.environ.items() if name.startswith("PREFECT")})
    get_run_logger().info("Authorization: Basic dXNlcjpBVVRILWM0YTlmMQ==")
    raise LookupError(get_current_settings().api.key)

@flow(log_prints=True)
def careless():
    known = Secret.load("mine").get()
    print("printed", known)
    get_run_logger().warning("logged %s", {"deep": [known]})
    tell_settings(return_state=True)
    raise ValueError(f"told in an error: {known}")

careless()
"""


def everything_told(api: Caller) -> Iterator[tuple[str, bytes]]:
    """What every route that asks for something answers, for everything that there is."""
    ids = {noun: [each["id"] for each in api.post(f"/{noun}/filter", {}).json] for noun in NOUNS}
    for route in all_routes():
        for id in ids.get(route.segments[0], [""]) if route.only_reads else ():
            path = route.path.replace("{id}", id).replace("{slug}", "account").replace("{name}", "all")
            body = b"{}" if route.method == "POST" else b""
            yield f"{route.method} {path}", api.reply(route.method, path, body).content


def told_in(content: bytes) -> list[str]:
    return [secret for secret in SECRETS if secret.encode() in content]


def test_a_secret_is_told_nowhere(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = SecretStr(SECRET)
    Secret(value=SECRET).save("mine")
    Account(name="all", password=hidden, more={"a": hidden}, inner=Secret(value=SECRET)).save("all")
    close_recorders()
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)

    program = carried_out(CARELESS, PREFECT_LOGGING_LEVEL="DEBUG")
    told = dict(everything_told(embedded()))
    close_recorders()

    assert b"told in an error: ********" in b"".join(told.values())
    assert told_in(program.stdout.encode()) == []
    assert {route: found for route, content in told.items() if (found := told_in(content))} == {}
    files = [file for file in home.rglob("*") if file.is_file()]
    assert {file: found for file in files if (found := told_in(file.read_bytes()))} == {}


def test_what_the_process_of_a_run_prints_tells_no_secret_that_it_has_read() -> None:
    Secret(value=SECRET).save("mine")
    code = """
from prefect.blocks.system import Secret

@flow
def around():
    value = Secret.load("mine").get()
    print("out", value)
    print("err", value, file=sys.stderr)
    sys.stdout.write("half " + value[:6])
    sys.stdout.write(value[6:] + "\\n")
    raise ValueError(value)
"""
    run = triggered(deployed(code))

    with running(run.deployment_id):  # type: ignore[arg-type]
        assert ended(run).is_failed()
        lines = found(lambda: kept if len(kept := printed(run)) >= 3 else None, "output")

    assert [line for line in lines if SECRET in line] == []
    assert "out ********" in lines


def test_what_is_written_is_for_its_owner_alone(home: Path) -> None:
    before = os.umask(0)
    try:
        code = "@flow(persist_result=True)\ndef around():\n    return 1\naround()\n"
        assert carried_out(code).returncode == 0
        with serving("--no-services") as server:
            assert carried_out(code, PREFECT_API_URL=server.url).returncode == 0
            run = triggered(deployed("@flow\ndef around():\n    print(1)\n", work_pool_name="default-agent-pool"))
            assert ended(run).is_completed()
        Secret(value=SECRET).save("mine")
        commands = ["config", "set", f"PREFECT_API_KEY={SECRET}"]
        subprocess.run([sys.executable, "-m", "prefect", *commands], check=True, capture_output=True)
    finally:
        os.umask(before)

    open_to_others = [
        f"{file.stat().st_mode & 0o777:o} {file.relative_to(home)}"
        for file in (home, *home.rglob("*"))
        if file.stat().st_mode & 0o077
        and not (file.parent == home and file.is_file() and home.stat().st_mode & 0o077 == 0)
    ]
    assert open_to_others == []


def test_addresses_are_told_without_their_passwords() -> None:
    with temporary_settings({"PREFECT_API_URL": f"https://me:{SECRET}@flows.example/api"}):
        told = embedded().reply("GET", "/admin/settings").content

    assert b"https://me:********@flows.example/api" in told
    assert SECRET.encode() not in told
