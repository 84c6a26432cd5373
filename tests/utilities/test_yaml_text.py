"""YAML is read when it holds plain values, and not too many."""

from __future__ import annotations

from pathlib import Path

import pytest

from prefect.utilities.yaml_text import read_yaml, read_yaml_file, written_yaml

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "\n".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]" for before, name in zip("abcdefgh", "bcdefghi")
)


def test_what_is_written_is_read_again() -> None:
    value = {"name": "数据", "list": [1, 2.5, None, True], "deep": {"b": "x", "a": "y"}}

    assert read_yaml(written_yaml(value)) == value
    assert "数据" in written_yaml(value)


def test_anchors_are_followed() -> None:
    assert read_yaml("base: &b {x: 1}\none: {<<: *b, y: 2}\ntwo: *b") == {
        "base": {"x": 1},
        "one": {"x": 1, "y": 2},
        "two": {"x": 1},
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (BOMB, "more than 100000 values"),
        ("a: &a [*a]", "holds itself"),
        ("a: [1", "is no YAML"),
        ("!!python/object/apply:os.system ['true']", "is no YAML"),
        ("x" * 5_000_001, "at most 5000000"),
    ],
)
def test_what_is_too_much_or_no_plain_yaml_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        read_yaml(text)


def test_an_error_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "prefect.yaml").write_text("a: [1")

    with pytest.raises(ValueError, match=r"prefect\.yaml' is no YAML"):
        read_yaml_file(tmp_path / "prefect.yaml")
