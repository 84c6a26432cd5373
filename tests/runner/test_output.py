"""What processes print: each line is collected once, in its order, whole or cut, whoever collects it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prefect.runner.output import CUT, LONGEST_LINE, Output, OutputLine, leftovers

RUN = uuid4()


@pytest.fixture
def output(tmp_path: Path) -> Iterator[Output]:
    made = Output.made(tmp_path, RUN, "1")
    yield made
    made.remove()


def collected(output: Output, *, is_complete: bool = False) -> list[OutputLine]:
    lines = []
    while (piece := output.next_piece(is_complete=is_complete)) is not None:
        lines += piece.lines
        output.take(piece)
    return lines


def texts(lines: list[OutputLine]) -> list[str]:
    return [line.message for line in lines]


def test_a_line_is_collected_when_it_ends_and_the_last_one_when_the_process_does(output: Output) -> None:
    output.path.write_text("one\ntw")
    assert texts(collected(output)) == ["one"]

    with output.path.open("a") as file:
        file.write("o\n\nthree")

    assert texts(collected(output)) == ["two"]
    assert texts(collected(output, is_complete=True)) == ["three"]


def test_what_was_not_taken_is_given_again_with_the_same_ids(output: Output) -> None:
    output.path.write_text("one\ntwo\n")

    first, again = output.next_piece(is_complete=False), output.next_piece(is_complete=False)

    assert first is not None
    assert again is not None
    assert [line.id for line in first.lines] == [line.id for line in again.lines]


def test_lines_that_are_kept_elsewhere_are_shown_and_not_collected(output: Output) -> None:
    output.path.write_text("printed\n\x1e12:00 | logged\nno end\x1e12:00 | logged too\n")

    piece = output.next_piece(is_complete=False)

    assert piece is not None
    assert texts(piece.lines) == ["printed", "no end"]
    assert piece.shown == "printed\n12:00 | logged\nno end12:00 | logged too\n"


def test_bytes_that_are_no_text_are_replaced(output: Output) -> None:
    output.path.write_bytes(b"caf\xe9\r\n")

    assert texts(collected(output)) == ["caf\ufffd"]


def test_lines_stay_in_their_order(output: Output) -> None:
    output.path.write_text("".join(f"{number}\n" for number in range(100)))
    lines = collected(output)

    assert texts(sorted(lines, key=lambda line: line.timestamp)) == [str(number) for number in range(100)]


@given(st.lists(st.integers(0, 3 * LONGEST_LINE), min_size=1, max_size=4), st.booleans())
def test_a_line_has_the_same_id_and_text_however_it_arrives(lengths: list[int], is_ended: bool) -> None:
    folder = Path(os.environ["PREFECT_HOME"]).parent
    content = b"\n".join(b"x" * length for length in lengths) + b"\n" * is_ended
    whole = Output.made(folder, RUN, "whole")
    whole.path.write_bytes(content)
    expected = collected(whole, is_complete=True)
    whole.remove()

    arriving, lines = Output.made(folder, RUN, "whole"), []
    for start in range(0, len(content), 50_000):
        with arriving.path.open("ab") as file:
            file.write(content[start : start + 50_000])
        lines += collected(arriving)
    lines += collected(arriving, is_complete=True)
    arriving.remove()

    assert [(line.id, line.message) for line in lines] == [(line.id, line.message) for line in expected]
    kept = [length for length in lengths if length]
    assert texts(lines) == ["x" * min(length, LONGEST_LINE) + CUT * (length > LONGEST_LINE) for length in kept]


def test_a_file_is_left_over_when_nobody_holds_it_any_more(tmp_path: Path) -> None:
    held = Output.made(tmp_path, RUN, "held")
    (tmp_path / f"{RUN}.lost.out").write_text("line\n")
    (tmp_path / "unrelated.out").touch()

    found = list(leftovers(tmp_path))

    assert [output.path.name for output in found] == [f"{RUN}.lost.out"]
    assert list(leftovers(tmp_path)) == []
    for output in (*found, held):
        output.remove()


def test_a_file_is_for_its_user_alone_and_no_link_is_followed(tmp_path: Path, output: Output) -> None:
    (tmp_path / f"{RUN}.2.out").symlink_to(tmp_path / "elsewhere")

    assert output.path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        Output.made(tmp_path, RUN, "2")
