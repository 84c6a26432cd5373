"""The file of what the steps of a run came to."""

from __future__ import annotations

from pathlib import Path

import pytest

from prefect._engine.step_files import StepFile


def test_a_step_is_read_by_whoever_opens_the_file(tmp_path: Path) -> None:
    first, second = StepFile(tmp_path / "a" / "run.steps"), StepFile(tmp_path / "a" / "run.steps")

    first.write("one", b"1")
    assert (second.read("one"), second.read("two")) == (b"1", None)
    first.write("two", b"2 2")
    first.write("one", b"new")

    assert second.read("two") == b"2 2"
    assert StepFile(tmp_path / "a" / "run.steps").read("one") == b"new"


@pytest.mark.parametrize("left", [b"two 2", b"two ", b"two", b""])
def test_a_line_that_was_not_written_to_its_end_costs_no_other(tmp_path: Path, left: bytes) -> None:
    file = tmp_path / "run.steps"
    file.write_bytes(b"one 1\n" + left)
    again = StepFile(file)
    assert (again.read("one"), again.holds("two")) == (b"1", False)

    again.write("three", b"3")

    assert (again.read("three"), StepFile(file).read("three"), StepFile(file).read("one")) == (b"3", b"3", b"1")
