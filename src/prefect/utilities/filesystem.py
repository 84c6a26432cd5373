"""Small tools for files and folders that programs import from here."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PureWindowsPath
from urllib.parse import urlsplit

LEAST_OPEN_FILES = 200
IGNORED = (".git/", ".venv/", "__pycache__/", "*.py[cod]", ".DS_Store", ".env", ".mypy_cache/", ".pytest_cache/")


def create_default_ignore_file(path: str) -> bool:
    """Write a `.prefectignore` into a folder unless it has one; whether it was written."""
    file = Path(path) / ".prefectignore"
    if file.exists():
        return False
    file.write_text("".join(f"{line}\n" for line in ("# What is not uploaded with a flow's code", *IGNORED)))
    return True


def filter_files(
    root: str | Path = ".", ignore_patterns: Iterable[str] | None = None, include_dirs: bool = True
) -> set[str]:
    """The paths below a folder, seen from it, that no pattern ignores; patterns as in a `.gitignore`."""
    patterns = [line.strip() for line in ignore_patterns or ()]
    rules = [_rule(pattern) for pattern in patterns if pattern and not pattern.startswith("#")]
    return set(_kept(Path(root), Path(root), rules, include_dirs))


Rule = tuple[re.Pattern[str], bool]
"""What a line of a `.gitignore` matches, and whether it takes that back."""


def _kept(folder: Path, root: Path, rules: list[Rule], include_dirs: bool) -> Iterator[str]:
    for entry in sorted(folder.iterdir()):
        path = entry.relative_to(root).as_posix()
        is_dir = entry.is_dir() and not entry.is_symlink()
        if not _is_ignored(f"{path}/" if is_dir else path, rules):
            if include_dirs or not is_dir:
                yield path
            if is_dir:
                yield from _kept(entry, root, rules, include_dirs)


def _is_ignored(path: str, rules: list[Rule]) -> bool:
    """The last rule that matches counts."""
    return next((not takes_back for pattern, takes_back in reversed(rules) if pattern.match(path)), False)


def _rule(line: str) -> Rule:
    takes_back, line = line.startswith("!"), line.removeprefix("!")
    is_anchored = "/" in line.rstrip("/")
    body = _expression(line.strip("/"))
    head = "" if is_anchored else "(?:.*/)?"
    return re.compile(f"{head}{body}{'/' if line.endswith('/') else '/?'}$"), takes_back


def _expression(pattern: str) -> str:
    """The regular expression of a pattern: `*` within a name, `**` across folders, `?` and `[...]`."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?|\[[^\]]*\])", pattern)
    words = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(
        words.get(part) or (part.replace("[!", "[^") if part.startswith("[") else re.escape(part)) for part in parts
    )


@contextmanager
def tmpchdir(path: str | Path) -> Iterator[str | Path]:
    """Be in another folder inside the block; the folder around a file, if it is one."""
    before = os.getcwd()
    os.chdir(Path(path).parent if os.path.isfile(path) else path)
    try:
        yield path
    finally:
        os.chdir(before)


def filename(path: str) -> str:
    """The last part of a path or URL."""
    return re.split(r"[/\\]", str(path))[-1]


def is_local_path(path: str | Path | os.PathLike[str]) -> bool:
    """Whether a path is on this machine, and no URL of elsewhere."""
    return len(urlsplit(str(path)).scheme) <= 1 or urlsplit(str(path)).scheme in ("file", "local")


def to_display_path(path: str | Path, relative_to: str | Path | None = None) -> str:
    """A path as it is shown: as seen from the working directory, where that is shorter."""
    whole = Path(path).resolve()
    seen = whole.relative_to(Path(relative_to or ".").resolve())
    return str(min(str(whole), str(seen), key=len))


def relative_path_to_current_platform(path_str: str) -> Path:
    r"""A path written on Windows or elsewhere (`a\b`, `a/b`) as one of this machine."""
    return Path(PureWindowsPath(path_str).as_posix())


def get_open_file_limit() -> int:
    """How many files and sockets this process may have open at once; 200 where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return LEAST_OPEN_FILES
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
