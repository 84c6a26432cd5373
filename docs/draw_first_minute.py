"""Draw the README's picture of the first minute, out of a real one: `python -m docs.draw_first_minute`."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

PICTURE = Path(__file__).parent / "screenshots" / "first-minute.svg"
PROGRAM = """\
from prefect import flow, task

tries = 0


@task(retries=2)
def load(shop: str) -> int:
    global tries
    tries += 1
    if tries == 1:
        raise ConnectionError("the shop does not answer")
    return len(shop)


@flow(log_prints=True)
def report() -> None:
    print("rows:", sum(load.map(["Bern", "Basel"]).result()))


if __name__ == "__main__":
    report()
"""
COMMANDS = ("cat report.py", "python report.py", "prefect flow-run ls", "prefect task-run ls")
WIDTH = 104
FORMAT = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="The first minute">
<style>.{unique_id}-matrix {{ font: {char_height}px ui-monospace, Menlo, Consolas, monospace; }}
.{unique_id}-title {{ display: none; }}
{styles}</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g>
</g>
</svg>
"""
"""The frame into which rich puts what a terminal shows; its own loads a font from elsewhere."""


def main() -> None:
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "report.py").write_text(PROGRAM)
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        env = {**os.environ, "PATH": path, "PREFECT_HOME": f"{folder}/home", "COLUMNS": str(WIDTH), "FORCE_COLOR": "1"}
        for command in COMMANDS:
            console.print(Text(f"$ {command}", style="bold"))
            printed = subprocess.check_output(f"{command} 2>&1", shell=True, cwd=folder, env=env, text=True)
            console.print(Text.from_ansi(printed), highlight=False)
    PICTURE.write_text(console.export_svg(title="", code_format=FORMAT), encoding="utf-8")


if __name__ == "__main__":
    main()
