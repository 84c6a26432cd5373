"""The trail of a process: what it has logged and not recorded is found when it is dead, and only then."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from prefect._domain.logs import Log
from prefect._store.trails import Trail, bring_left_behind
from tests._store.test_journal import ROOT, a_line

PROGRAM = """
import os, sys
from pathlib import Path
from prefect._store.trails import Trail
from tests._store.test_journal import a_line

trail = Trail(Path("trails"))
{work}
print("done", flush=True)
sys.stdin.read()
"""


@contextmanager
def another_process(work: str) -> Iterator[subprocess.Popen[str]]:
    """A process that has done something, and lives until it is killed at the end of the block."""
    path = os.pathsep.join([str(ROOT), *sys.path])
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(work=work)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "done\n"
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def found() -> list[Log]:
    lines: list[Log] = []
    bring_left_behind(Path("trails"), lines.extend)
    return lines


def messages() -> list[str]:
    return [line.message for line in found()]


def test_a_line_is_found_as_it_was_once_its_process_was_killed() -> None:
    with another_process("trail.keep(a_line('a\\n\\u2028b', 7), 1)"):
        assert found() == []

    [line] = found()
    assert line == a_line("a\n\u2028b", 7)._replace(id=line.id)
    assert found() == []
    assert list(Path("trails").iterdir()) == []


def test_what_was_recorded_is_forgotten_and_the_rest_is_found() -> None:
    with another_process(
        "for number in range(1, 10):\n    trail.keep(a_line(str(number)), number)\n    trail.forget(number // 2)"
    ):
        pass

    assert set(messages()) >= {"5", "6", "7", "8", "9"}


def test_a_trail_is_no_longer_than_what_is_still_to_be_recorded() -> None:
    trail = Trail(Path("trails"))
    for number in range(1, 10_000):
        trail.keep(a_line("x" * 100), number)
        trail.forget(number - 10)

    assert sum(file.stat().st_size for file in Path("trails").iterdir()) < 100 * 300
    trail.close()
    assert list(Path("trails").iterdir()) == []


def test_the_trail_of_this_process_is_not_left_behind_and_stays_held_after_a_look() -> None:
    trail = Trail(Path("trails"))
    trail.keep(a_line("ours"), 1)

    assert found() == []
    look = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tests._store.test_trails import found; print(found())"
    told = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, timeout=30, check=True)
    assert told.stdout == "[]\n"
    trail.close()


def test_a_forked_child_that_lives_on_keeps_nothing_of_its_dead_parent() -> None:
    fork = "trail.keep(a_line('parent'), 1)\nif os.fork() == 0:\n    sys.stdin.read()\n    os._exit(0)"
    with another_process(fork) as parent:
        parent.kill()
        parent.wait()

        assert messages() == ["parent"]


def test_a_line_that_was_cut_off_spoils_no_other() -> None:
    with another_process("trail.keep(a_line('before'), 1)"):
        pass
    [file] = (path for path in Path("trails").iterdir() if path.stat().st_size)
    with file.open("ab") as stream:
        stream.write(file.read_bytes()[:50] + file.read_bytes())

    assert messages() == ["before", "before"]


def test_lines_that_could_not_be_brought_are_found_the_next_time() -> None:
    with another_process("trail.keep(a_line('late'), 1)"):
        pass

    with pytest.raises(ZeroDivisionError):
        bring_left_behind(Path("trails"), lambda lines: print(1 / 0))

    assert messages() == ["late"]


def test_where_no_file_can_be_made_a_line_goes_its_way_without_a_trail() -> None:
    Path("trails").write_text("no folder")
    trail = Trail(Path("trails"))

    trail.keep(a_line("x"), 1)
    trail.forget(1)
    trail.close()
