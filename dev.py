"""Everything one does with this repository, with nothing installed but Python and pip.

    python3 dev.py example    install, run an example flow, and show what was recorded
    python3 dev.py test       install, and check everything: style, types, tests
    python3 dev.py benchmark  install, and measure beside other orchestrators

The virtual environment is `.venv` in this folder; it is made anew when the dependencies have changed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "installed-from"
LOCK = HERE / "requirements.lock"


def main() -> int:
    commands = {"example": example, "test": test, "benchmark": benchmark}
    wanted = sys.argv[1:2]
    if not wanted or wanted[0] not in commands:
        print(__doc__)
        return 2
    install()
    build_pages()
    return commands[wanted[0]](sys.argv[2:])


def example(_: list[str]) -> int:
    """The main job: a flow on real input, and what the database knows of it afterwards."""
    run(PYTHON, "examples/data_extraction.py")
    run(PYTHON, "-m", "prefect", "flow-run", "ls", "--limit", "3")
    run(PYTHON, "-m", "prefect", "task-run", "ls", "--limit", "6")
    return 0


def test(arguments: list[str]) -> int:
    """Style, types and tests; arguments go to pytest."""
    run(PYTHON, "-m", "ruff", "format", "--check", ".")
    run(PYTHON, "-m", "ruff", "check", ".")
    run(PYTHON, "-m", "mypy")
    if shutil.which("npm"):
        run(PYTHON, "ui/build.py", "run", "check")
        run(PYTHON, "ui/build.py", "test")
    else:
        print("The web UI goes unchecked: it needs Node 20 or later with npm.", flush=True)
    run(PYTHON, "-m", "pytest", *arguments)
    return 0


def benchmark(arguments: list[str]) -> int:
    """The same programs on this package and on its peers; arguments go to the benchmark."""
    run(PYTHON, "-m", "benchmarks", *arguments)
    return 0


def install() -> None:
    """The virtual environment, made or brought up to date where the dependencies have changed."""
    wanted = hashlib.sha256((HERE / "pyproject.toml").read_bytes() + LOCK.read_bytes()).hexdigest()
    if STAMP.is_file() and STAMP.read_text() == wanted:
        return
    print(f"Installing into {VENV.relative_to(HERE)} …", flush=True)
    if pip_serves_other_environments():
        venv.create(VENV, clear=True, with_pip=False)
        pip = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    else:
        venv.create(VENV, clear=True, with_pip=True)
        pip = [str(PYTHON), "-m", "pip"]
    quiet = ["install", "--quiet", "--disable-pip-version-check"]
    run(*pip, *quiet, "--requirement", LOCK)
    run(*pip, *quiet, "--no-deps", "--editable", ".")
    STAMP.write_text(wanted)


def build_pages() -> None:
    """The web UI, built where its sources have changed; everything else works without it."""
    subprocess.run([str(PYTHON), "ui/build.py"], cwd=HERE, check=False)


def pip_serves_other_environments() -> bool:
    """Whether pip knows `--python` (22.3 and later), which spares a copy of pip in the environment."""
    told = subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, text=True, check=True).stdout
    major, minor = told.split()[1].split(".")[:2]
    return (int(major), int(minor)) >= (22, 3)


def run(*command: str | Path) -> None:
    """Run a command here; where it fails, so does this program."""
    ended = subprocess.run([str(part) for part in command], cwd=HERE, check=False)
    if ended.returncode:
        sys.exit(ended.returncode)


if __name__ == "__main__":
    sys.exit(main())
