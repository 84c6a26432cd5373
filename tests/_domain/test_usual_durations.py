"""What is usual among durations."""

from __future__ import annotations

from prefect._domain.usual_durations import Usual, usual_of


def test_nearly_all_took_no_longer_than_the_95th_percentile() -> None:
    assert usual_of([float(seconds) for seconds in range(100, 0, -1)]) == Usual(100, 50.5, 95.0)


def test_one_that_took_long_among_few_is_the_longest() -> None:
    assert usual_of([1, 2, 30]) == Usual(3, 2, 30)


def test_nothing_is_usual_among_two() -> None:
    assert usual_of([1, 2]) is None
