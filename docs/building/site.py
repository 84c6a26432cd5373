"""Putting the site together: the pages beside this folder, those that the code tells, and what makes HTML of them."""

from __future__ import annotations

import re
import shutil
import subprocess
import tarfile
from pathlib import Path

from docs.building import commands, python_api, rest_api, settings

DOCS = Path(__file__).resolve().parents[1]
ROOT = DOCS.parent
BUILT = ROOT / "build" / "docs"
CONFIGURATION = "zensical.toml"
KINDS = {".md", ".svg", ".png", ".css"}
SHIPPED = ROOT / "src" / "prefect" / "server" / "documents.tar.xz"
"""Where the server looks for the site, and from where a wheel takes it."""
LARGEST = 1_000_000
"""Bytes that the site may add to a wheel."""
UNUSED = {".map", ".py"}
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")


def generated() -> dict[str, str]:
    """The pages that nobody writes, by their paths below the folder of pages."""
    reference = {
        "commands.md": commands.page(),
        "settings.md": settings.page(),
        "rest-api.md": rest_api.page(),
        **{f"python/{name}": text for name, text in python_api.pages().items()},
    }
    measured = (ROOT / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")
    return {
        **{f"reference/{name}": text for name, text in reference.items()},
        "decisions/index.md": _decisions(),
        "measurements.md": measured,
    }


def _decisions() -> str:
    """The list of all decisions, in their order."""
    lines = ["# Decisions", "", "Choices that a newcomer would question, and why they were made so.", ""]
    for page in sorted((DOCS / "decisions").glob("0*.md")):
        title, _, _ = page.read_text(encoding="utf-8").partition("\n")
        lines.append(f"- [{title.removeprefix('# ')}]({page.name})")
    return "\n".join([*lines, ""])


def build(generator: str | Path) -> Path:
    """The folder of the site, made by the generator's program; what that warns of is a `CalledProcessError`."""
    shutil.rmtree(BUILT, ignore_errors=True)
    pages = BUILT / "docs"
    for file in DOCS.rglob("*"):
        if file.suffix in KINDS:
            _placed(pages / file.relative_to(DOCS)).write_bytes(file.read_bytes())
    for name, text in generated().items():
        _placed(pages / name).write_text(text, encoding="utf-8")
    for page in pages.rglob("*.md"):
        page.write_text(_kept_inside(page.read_text(encoding="utf-8"), page.parent, pages), encoding="utf-8")
    shutil.copyfile(DOCS / CONFIGURATION, BUILT / CONFIGURATION)
    subprocess.run([str(generator), "build", "--strict", "--clean"], cwd=BUILT, check=True)
    return BUILT / "site"


def ship(site: Path) -> int:
    """Put the site where the server finds it; its size in bytes. Raises `ValueError` for what would swell a wheel."""
    with tarfile.open(SHIPPED, "w:xz", preset=9) as archive:
        for file in sorted(site.rglob("*")):
            if file.is_file() and file.suffix not in UNUSED:
                archive.add(file, file.relative_to(site).as_posix(), filter=_of_nobody)
    size = SHIPPED.stat().st_size
    if size > LARGEST:
        SHIPPED.unlink()
        raise ValueError(f"The site takes {size:,} bytes, and a wheel may grow by {LARGEST:,}; it is not shipped.")
    return size


def _of_nobody(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """A file as it is wherever and whenever it is built."""
    member.mtime = member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def _placed(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def _kept_inside(text: str, folder: Path, pages: Path) -> str:
    """A page whose links to what the site does not hold, such as sources, are their words alone."""

    def kept(link: re.Match[str]) -> str:
        target = (folder / link[2]).resolve()
        return link[0] if target.suffix and target.is_relative_to(pages) else link[1]

    return LINK.sub(kept, text)
