"""What comes from others is data: nothing of it is carried out."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from prefect.exceptions import SerializationError
from prefect.serializers import JSONSerializer
from tests.runner.scenes import deployed, ended, running, triggered
from tests.test_floors import MODULES, imports_of

pytestmark = pytest.mark.long


def reachable(roots: Iterator[str]) -> dict[str, Path]:
    """The modules that these import, and those that those import."""
    known: dict[str, Path] = {}
    waiting = list(roots)
    while waiting:
        module = waiting.pop()
        if module in MODULES and module not in known:
            known[module] = MODULES[module]
            waiting += [one.wanted for one in imports_of(module) if not one.is_for_types]
    return known


DANGEROUS = {"pickle", "cloudpickle", "dill", "marshal", "shelve", "code", "codeop"}
DANGEROUS_CALLS = {"eval", "exec", "compile", "__import__"}


def dangers_in(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.split(".")[0] in DANGEROUS)
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in DANGEROUS:
            yield node.module
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in DANGEROUS_CALLS or called in ("yaml.load", "yaml.unsafe_load", "os.system", "tempfile.mktemp"):
                yield called
            yield from (
                f"{called}(shell=True)"
                for key in node.keywords
                if key.arg == "shell" and ast.unparse(key.value) == "True"
            )


def test_what_carries_requests_out_reads_no_pickles_and_runs_no_text() -> None:
    modules = reachable(module for module in MODULES if module.startswith(("prefect._api", "prefect.server.app")))

    assert len(modules) > 60
    assert {name: found for name, file in modules.items() if (found := list(dangers_in(file)))} == {}


@pytest.mark.parametrize(
    "payload",
    [
        {"__exc_type__": "os.system", "message": "touch pwned"},
        {"__class__": "os.system", "data": "touch pwned"},
        {"__class__": "subprocess.check_call", "data": [["touch", "pwned"]]},
        {"__class__": "subprocess.Popen", "data": ["touch", "pwned"]},
        {"__class__": "builtins.eval", "data": "open('pwned', 'w')"},
        {"__exc_type__": "builtins.exec", "message": "open('pwned', 'w')"},
        {"a": [{"__exc_type__": "subprocess.getoutput", "message": "touch pwned"}]},
        {"__class__": "antigravity.x", "data": 1},
        {"__exc_type__": "builtins.print", "message": "x"},
        {"__class__": 5, "data": 1},
    ],
)
def test_a_result_in_json_makes_values_and_runs_nothing(payload: dict[str, Any]) -> None:
    with pytest.raises(SerializationError):
        JSONSerializer().loads(json.dumps(payload).encode())

    assert not Path("pwned").exists()
    assert "antigravity" not in sys.modules


METACHARACTERS = "; touch pwned; $(touch pwned) `touch pwned` | touch pwned && touch pwned\n touch pwned"


def test_names_and_parameters_are_no_commands(home: Path) -> None:
    name = METACHARACTERS.replace("\n", " ")
    deployment = deployed("@flow\ndef around(a: str):\n    note('a', a)\n", tags=[name], description=METACHARACTERS)
    run = triggered(deployment, a=METACHARACTERS)

    with running(deployment):
        assert ended(run).is_completed()
    command = [sys.executable, "-m", "prefect", "flow-run", "ls", "--flow-name", name]
    subprocess.run(command, check=False, capture_output=True)

    assert Path("a").read_text().strip() == METACHARACTERS
    assert list(Path.cwd().rglob("pwned")) == []
