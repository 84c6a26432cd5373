"""Files written whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

UNFINISHED = ".writing"
"""The suffix of a hidden file that is being written."""
ABANDONED_AFTER = 24 * 60 * 60
"""Seconds after which an unfinished file that nobody has touched is one whose writer was killed."""
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_cleaned: set[Path] = set()


def write_whole(file: Path, content: bytes) -> None:
    """Put a file in place in one step, readable by its owner only; its folder is made if missing.

    Whoever reads meanwhile, or after a loss of power, finds the old content or the new one.
    """
    with _written_beside(file, content) as written:
        os.replace(written, file)


def create_whole(file: Path, content: bytes) -> bytes:
    """Put a new file in place in the same way, unless there is one: the content that is there afterwards.

    Of several processes that do this at once, one creates the file and all are given its content.
    """
    with _written_beside(file, content) as written:
        try:
            os.link(written, file)
        except FileExistsError:
            return file.read_bytes()
    return content


@contextmanager
def _written_beside(file: Path, content: bytes) -> Iterator[Path]:
    """A hidden file of that content in the same folder, gone after the block."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = file.with_name(f".{uuid4().hex}{UNFINISHED}")
    try:
        with os.fdopen(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
            _remove_abandoned(file.parent, now=os.fstat(stream.fileno()).st_mtime)
        yield unfinished
    except OSError as error:
        if error.errno in NO_ROOM:
            unfinished.unlink(missing_ok=True)
            raise _no_room(error, file, len(content)) from error
        raise
    finally:
        unfinished.unlink(missing_ok=True)


def _no_room(error: OSError, file: Path, wanted: int) -> OSError:
    """The error of a disk that is full, with the file, what it was to hold, and what is free for it."""
    import shutil

    free = shutil.disk_usage(file.parent).free
    return OSError(error.errno, f"{error.strerror} ({wanted} bytes are to be written, {free} are free)", str(file))


def _remove_abandoned(folder: Path, *, now: float) -> None:
    """Remove what writers left in a folder who were killed; a process looks once. `now` is by the folder's clock."""
    if folder in _cleaned:
        return
    _cleaned.add(folder)
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            is_unfinished = entry.name.startswith(".") and entry.name.endswith(UNFINISHED)
            if is_unfinished and now - entry.stat(follow_symlinks=False).st_mtime > ABANDONED_AFTER:
                Path(entry.path).unlink(missing_ok=True)
