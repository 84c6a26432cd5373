"""The files that go along with a bundle: collected by patterns, packed into an archive, unpacked where it runs."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from prefect.logging.loggers import get_logger
from prefect.utilities.filesystem import filter_files

NEVER = (".git/", "__pycache__/", "*.py[cod]")
"""What is not taken along, whatever `.prefectignore` says."""
WRITTEN_AT = (1980, 1, 1, 0, 0, 0)
"""The time of each file in an archive, so that the same files make the same one."""


def collected(folder: Path, patterns: Sequence[str]) -> list[Path]:
    """The files in a folder that patterns mean: files, folders with all that is in them, and `**/*.yaml`.

    A pattern that matches nothing is warned of; what `.prefectignore` names stays out. Raises `ValueError` for a
    pattern that leaves the folder.
    """
    allowed = filter_files(folder, [*_ignored(folder), *NEVER], include_dirs=False)
    found: dict[str, Path] = {}
    for pattern in patterns:
        matched = {path: folder / path for path in allowed if _means(folder, pattern, path)}
        if not matched:
            get_logger("bundles").warning("The pattern %r of the files to include matches none in %s.", pattern, folder)
        found.update(matched)
    return [found[path] for path in sorted(found)]


def _ignored(folder: Path) -> list[str]:
    file = folder / ".prefectignore"
    return file.read_text(encoding="utf-8").splitlines() if file.is_file() else []


def _means(folder: Path, pattern: str, path: str) -> bool:
    if os.path.isabs(pattern) or not (folder / pattern).resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"The files to include are in {str(folder)!r}; the pattern {pattern!r} leaves that folder.")
    plain = pattern.removeprefix("./").rstrip("/")
    if plain in ("", "."):
        return True
    return path == plain or path.startswith(f"{plain}/") or (folder / path) in _matches(folder, plain)


def _matches(folder: Path, pattern: str) -> set[Path]:
    return set(folder.glob(pattern)) if any(sign in pattern for sign in "*?[") else set()


def packed(folder: Path, files: Sequence[Path]) -> tuple[Path, str]:
    """An archive of files in a folder, and the key under which it is stored: the same files have the same key."""
    archive = Path(tempfile.mkdtemp(prefix="prefect-files-")) / "files.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as whole:
        for file in files:
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), WRITTEN_AT)
            entry.external_attr = (file.stat().st_mode & 0xFFFF) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            whole.writestr(entry, file.read_bytes())
    return archive, f"files/{hashlib.sha256(archive.read_bytes()).hexdigest()}.zip"


class ZipExtractor:
    """The archive of a bundle's files where the bundle is carried out."""

    def __init__(self, zip_path: Path | str) -> None:
        self.zip_path = Path(zip_path)

    def extract(self, target_dir: Path | None = None) -> list[Path]:
        """Unpack it into a folder, the working directory if none is named, and give the files.

        Raises `FileNotFoundError` where there is no archive, `ValueError` for one that would write elsewhere.
        """
        folder = (target_dir or Path.cwd()).resolve()
        with zipfile.ZipFile(self.zip_path) as whole:
            names = [name for name in whole.namelist() if not name.endswith("/")]
            for name in names:
                if not (folder / name).resolve().is_relative_to(folder):
                    raise ValueError(f"The archive {self.zip_path} holds {name!r}, which is outside of {folder}.")
            return [Path(whole.extract(name, folder)) for name in names]

    def cleanup(self) -> None:
        """Remove the archive, and its folder if that is empty then."""
        self.zip_path.unlink(missing_ok=True)
        if self.zip_path.parent.is_dir() and not any(self.zip_path.parent.iterdir()):
            self.zip_path.parent.rmdir()
