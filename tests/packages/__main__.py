"""Proof by others' tests: each package installed from PyPI beside this one, and the tests of its source distribution.

    python -m tests.packages                    all of `table.py`
    python -m tests.packages prefect-dask -k map

What follows a package's name goes to pytest. The environments and what pytest said stay in `.venv/packages/`. Of each
failure that is not ours to mend `table.py` says why; another one is told, and makes the program exit 1.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.packages.table import PACKAGES, Package

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).resolve().parents[2]
PLACE = HERE / ".venv" / "packages"
NOT_FOR_TESTS = re.compile(
    r"mkdocs|mypy|pre-commit|interrogate|coverage|pytest-asyncio|pytest-cov|isort|ruff|types-|boto3-stubs|aws-cdk"
)
"""What development groups name and no test imports; pytest-asyncio is one that goes with the pytest of today."""
HOW = ("-q", "-rfE", "--tb=short", "--timeout=120", "--continue-on-collection-errors")
SECONDS = 3000


def main(arguments: list[str]) -> int:
    wanted = [package for package in PACKAGES if package.name in arguments] or list(PACKAGES)
    options = [argument for argument in arguments if argument not in {package.name for package in PACKAGES}]
    all_told = [tried(package, options) for package in wanted]
    width = max(len(package.name) for package in wanted)
    for package, told in zip(wanted, all_told):
        print(f"{package.name:{width}}  {told.words}", *told.unexplained, sep="\n    ")
    return int(not all(told.is_good for told in all_told))


class Told(NamedTuple):
    """What became of a package's tests, and the failures that nobody has explained."""

    words: str
    unexplained: list[str]
    is_good: bool


def tried(package: Package, options: list[str]) -> Told:
    place = PLACE / package.name
    try:
        tests = made(package, place)
    except subprocess.CalledProcessError as error:
        return Told(f"not installed: {(error.stderr or error.stdout or '').strip()[-300:]}", [], is_good=False)
    said = place / "said.txt"
    path = os.pathsep.join([str(place / "env/bin"), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "PREFECT_HOME": str(place / "home"), "PREFECT_TEST_MODE": "1"}
    with said.open("w") as out:
        ended = subprocess.run(
            [place / "env/bin/python", "-m", "pytest", *HOW, "tests", *options],
            cwd=tests,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
            check=False,
        )
    told = summary(said.read_text(errors="replace"), package.not_ours, ended.returncode)
    return with_ours(told, package, place) if package.ours else told


def summary(said: str, not_ours: Mapping[str, str], code: int) -> Told:
    """The last line of pytest, and those failures that nobody has explained.

    It is good where pytest came to its end (`code` says so) and each failure that it counts is named and explained.
    """
    failed = re.findall(r"^(?:FAILED|ERROR) (tests/.+?)(?: - .*)?$", said, re.MULTILINE)
    unexplained = [test for test in failed if not any(part in test for part in not_ours)]
    words = said.rstrip().rpartition("\n")[2].strip("= ")
    counted = sum(int(number) for number in re.findall(r"(\d+) (?:failed|errors?)\b", words))
    is_whole = code in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) and "passed" in words
    if not is_whole or counted != len(failed):
        words += f"; broken off (pytest's code {code}), of {counted} failures {len(failed)} are named"
    elif failed:
        words += f"; {len(failed) - len(unexplained)} not ours"
    return Told(words, unexplained, is_good=is_whole and counted == len(failed) and not unexplained)


def with_ours(told: Told, package: Package, place: Path) -> Told:
    """Our own tests of a package, told after its own."""
    python = place / "env/bin/python"
    install(python, "--group", f"{HERE / 'pyproject.toml'}:dev")
    options = ["-o", "addopts=", "-q", "-m", "long", "-W", "default", "-p", "no:asyncio", "-p", "no:cacheprovider"]
    ran = subprocess.run(
        [python, "-m", "pytest", *options, package.ours], cwd=HERE, capture_output=True, text=True, check=False
    )
    words = ran.stdout.rstrip().rpartition("\n")[2].strip("= ")
    return Told(f"{told.words}; of ours {words}", told.unexplained, is_good=told.is_good and not ran.returncode)


def made(package: Package, place: Path) -> Path:
    """The environment with this package and that one, and the folder of its tests."""
    python, source = place / "env/bin/python", place / "source"
    is_new = not python.exists()
    if is_new:
        run("uv", "venv", "--quiet", "--python", sys.executable, place / "env")
    install(python, "--editable", HERE, "pip")  # each time, since what this package needs may have changed
    if is_new:
        install(python, package.requirement)
    if not source.exists():
        unpacked(package, python, place, source)
        install(python, *test_requirements(source), *package.needs, "pytest-asyncio>=1", "pytest-timeout")
    require_ours(python)
    return source


def unpacked(package: Package, python: Path, place: Path, source: Path) -> None:
    """Its source distribution without the package itself, so that what is tested is what was installed."""
    run(python, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", package.name, "-d", place)
    archive = next(place.glob("*.tar.gz"))
    with tarfile.open(archive) as packed:
        packed.extractall(place)
    (place / archive.name.removesuffix(".tar.gz")).rename(source)
    shutil.rmtree(source / package.name.replace("-", "_"))
    beginning = source / "tests" / "conftest.py"
    if package.left_out:
        kept = [line for line in beginning.read_text().splitlines() if not any(out in line for out in package.left_out)]
        beginning.write_text("\n".join(kept))


def test_requirements(source: Path) -> list[str]:
    project: dict[str, Any] = tomllib.loads((source / "pyproject.toml").read_text())
    groups = project.get("dependency-groups", {})
    return [wanted for wanted in groups.get("dev", []) if not NOT_FOR_TESTS.match(wanted)]


def require_ours(python: Path) -> None:
    """Raise where installing the package has put another distribution in our place."""
    asked = "from importlib.metadata import version; print(version('prefect'))"
    found = run(python, "-c", asked).strip()
    if "+tidemill" not in found:
        raise RuntimeError(f"The package has put prefect {found} in our place.")


def install(python: Path, *wanted: str | Path) -> None:
    run("uv", "pip", "install", "--quiet", "--python", python, *wanted)


def run(*command: str | Path) -> str:
    ended = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)
    return ended.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
