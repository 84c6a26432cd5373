"""What the table of packages says of a run of others' tests."""

from __future__ import annotations

import pytest

from tests.packages.__main__ import summary

NOT_OURS = {"test_daemon": "needs a daemon"}
KNOWN = "FAILED tests/test_a.py::test_daemon - ConnectionError\n=== 1 failed, 7 passed in 2.0s ==="
NEW = "FAILED tests/test_a.py::test_new - ValueError: x\n=== 1 failed, 7 passed in 2.0s ==="
NAMELESS = "INTERNALERROR> KeyError\n=== 2 failed, 297 passed, 1 error in 9.0s ==="


@pytest.mark.parametrize(
    ("said", "code", "is_good", "unexplained"),
    [
        ("=== 7 passed in 2.0s ===", 0, True, []),
        (KNOWN, 1, True, []),
        (NEW, 1, False, ["tests/test_a.py::test_new"]),
        (NAMELESS, 3, False, []),
        (NAMELESS, 1, False, []),
        ("=== 7 passed in 2.0s ===", 2, False, []),
        ("no tests ran in 0.1s", 5, False, []),
        ("Killed", -9, False, []),
    ],
)
def test_a_run_is_good_where_it_came_to_its_end_and_each_failure_is_explained(
    said: str, code: int, is_good: bool, unexplained: list[str]
) -> None:
    told = summary(said, NOT_OURS, code)

    assert (told.is_good, told.unexplained) == (is_good, unexplained)
