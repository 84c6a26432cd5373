from __future__ import annotations

import pytest

from prefect._domain.searching import LONGEST, Search, read_search


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("", Search()),
        ("error", Search(any=("error",))),
        ("error timeout", Search(any=("error", "timeout"))),
        ("+error +timeout", Search(all=("error", "timeout"))),
        ("error -debug !trace", Search(any=("error",), none=("debug", "trace"))),
        ('"connection lost" -"by peer"', Search(any=("connection lost",), none=("by peer",))),
        ('"never closed', Search(any=("never closed",))),
        (r"\-5 \"", Search(any=("-5", '"'))),
        ("a-b", Search(any=("a-b",))),
        ("- + !", Search(any=("-", "+", "!"))),
    ],
)
def test_a_search_means_these_words(written: str, meant: Search) -> None:
    assert read_search(written) == meant


@pytest.mark.parametrize("written", [None, 7, "x" * (LONGEST + 1)])
def test_what_is_no_search_is_told(written: object) -> None:
    with pytest.raises(ValueError, match=r"no text|at most"):
        read_search(written)
