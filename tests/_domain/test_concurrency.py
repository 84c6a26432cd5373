"""The laws of standing in line for slots, and of keeping to a pace."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as some

from prefect._domain.concurrency import (
    ConcurrencyLimit,
    Mode,
    Taker,
    Waiter,
    Wanted,
    decayed,
    end_of_decay,
    free_slots,
    refusal,
    seconds_until_free,
    served,
)

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
A, B = UUID(int=1), UUID(int=2)


def a_waiter(number: int, **wants: int) -> Waiter:
    wanted = tuple(Wanted({"a": A, "b": B}[name], slots) for name, slots in wants.items())
    return Waiter(UUID(int=100 + number), Mode.CONCURRENCY, 60.0, Taker(), NOON, NOON, wants=wanted)


def a_limit(limit: int = 1, active_slots: int = 0, pace: float = 0.0, **fields: object) -> ConcurrencyLimit:
    made = ConcurrencyLimit(A, "a", limit, active_slots=active_slots, slot_decay_per_second=pace)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def test_who_came_first_is_served_first() -> None:
    line = [a_waiter(n, a=1) for n in range(5)]

    assert served(line, {A: 2}) == line[:2]


def test_nobody_overtakes_somebody_who_waits_for_more_of_the_same() -> None:
    big, small = a_waiter(1, a=3), a_waiter(2, a=1)

    assert served([big, small], {A: 2}) == []
    assert served([big, small], {A: 4}) == [big, small]


def test_who_waits_for_another_limit_holds_nobody_up() -> None:
    both, one = a_waiter(1, a=1, b=1), a_waiter(2, a=1)

    assert served([both, one], {A: 1, B: 0}) == [one]


def test_all_limits_or_none() -> None:
    assert served([a_waiter(1, a=1, b=1)], {A: 5, B: 0}) == []


WAITERS = some.lists(
    some.builds(
        lambda a, b: {name: n for name, n in (("a", a), ("b", b)) if n}, some.integers(0, 3), some.integers(0, 3)
    )
)


@given(WAITERS, some.integers(0, 6), some.integers(0, 6))
def test_no_more_is_given_than_is_free_and_nothing_that_fits_stays(wants: list[dict[str, int]], a: int, b: int) -> None:
    line = [a_waiter(n, **each) for n, each in enumerate(wants)]

    lucky = served(line, {A: a, B: b})

    given_away = {id: sum(w.slots for waiter in lucky for w in waiter.wants if w.limit_id == id) for id in (A, B)}
    assert given_away[A] <= a
    assert given_away[B] <= b
    assert lucky == [waiter for waiter in line if waiter in lucky]
    waiting = [waiter for waiter in line if waiter not in lucky]
    free = {A: a - given_away[A], B: b - given_away[B]}
    assert not waiting or any(want.slots > free[want.limit_id] for want in waiting[0].wants)


@given(some.lists(some.tuples(some.floats(0, 3), some.integers(1, 3)), max_size=20), some.floats(0.5, 50))
def test_a_pace_is_kept(takes: list[tuple[float, int]], pace: float) -> None:
    """However one asks, no more than the limit and what the time allows is given."""
    limit, now, end, given_away = 3, NOON, None, 0

    for pause, slots in takes:
        now += timedelta(seconds=pause)
        if decayed(end, pace, now=now) + slots <= limit:
            end = end_of_decay(end, slots, pace, now=now)
            given_away += slots

    assert given_away <= limit + pace * (now - NOON).total_seconds() + 0.01


def test_when_a_slot_will_have_decayed_is_known() -> None:
    end = end_of_decay(None, 2, 10.0, now=NOON)
    full = a_limit(2, active_slots=decayed(end, 10.0, now=NOON), pace=10.0, decays_until=end)

    wait = seconds_until_free(full, 1, now=NOON)

    assert full.active_slots == 2
    assert wait == 0.1
    assert decayed(end, 10.0, now=NOON + timedelta(seconds=wait)) == 1


def test_a_limit_that_is_not_active_bounds_nothing() -> None:
    limit = a_limit(1, active_slots=1)
    limit.active = False

    assert free_slots(limit) > 1_000_000
    assert refusal([limit], 5, Mode.RATE_LIMIT) is None


def test_what_will_never_be_had_is_refused_with_the_reason() -> None:
    assert "2 asked for, and 'a' has 1" in str(refusal([a_limit(1)], 2, Mode.CONCURRENCY))
    assert "'a' has 0" in str(refusal([a_limit(0)], 1, Mode.CONCURRENCY))
    assert "slot_decay_per_second" in str(refusal([a_limit(1)], 1, Mode.RATE_LIMIT))
    assert refusal([a_limit(1, active_slots=1)], 1, Mode.CONCURRENCY) is None
