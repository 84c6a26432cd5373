"""Laws of triggers as folds, each held against an oracle that searches the whole history again and again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise, product
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prefect._domain.automations.folding import GRACE, advance, begun
from prefect._domain.automations.windows import FEW
from prefect._domain.events import Event
from prefect._domain.triggers import EventTrigger, Trigger, named
from tests._domain.automations.happened import (
    NOON,
    SECOND,
    at,
    awaits,
    compound,
    fires,
    folded,
    happened,
    moments,
    reacts,
    sequence,
)

ID = "prefect.resource.id"
WITHIN = 10
PATIENCE = GRACE.total_seconds()


def test_a_trigger_reacts_to_each_event_that_it_expects() -> None:
    assert fires(reacts("a"), [happened("a", 1), happened("b", 2), happened("a", 3)]) == [1, 3]


def test_without_a_time_it_fires_at_each_event_that_fills_the_number() -> None:
    assert fires(reacts(threshold=2), [happened("a", second) for second in (5, 4, 100, 200, 300)]) == [4, 200]


def test_within_a_time_it_fires_once_and_counts_anew_when_the_time_is_over() -> None:
    events = [happened("a", second) for second in (0, 1, 2, 9, 10, 12)]

    assert fires(reacts(threshold=2, within=WITHIN), events) == [1, 12]


def test_what_occurred_before_the_window_and_comes_late_does_not_count() -> None:
    late = happened("a", 3, recorded=6)

    assert fires(reacts(threshold=2, within=WITHIN), [happened("a", 5), late, happened("a", 7)]) == [7]


def test_after_one_event_it_reacts_to_the_next_that_is_expected() -> None:
    events = [happened(name, second) for second, name in enumerate("yxyyxy")]

    assert fires(reacts("y", after="x"), events) == [2, 5]


def test_resources_that_are_told_apart_are_counted_each_for_itself() -> None:
    events = [happened("a", second, resource) for second, resource in enumerate(("p", "q", "p", "q"))]

    seen = folded(reacts(threshold=2, for_each={ID}), events, now=9)

    assert [firing.labels for firing in seen.firings] == [{ID: "p"}, {ID: "q"}]


def test_what_does_not_come_is_noticed_at_the_end_of_every_window() -> None:
    trigger = awaits("beat", within=WITHIN)
    beats = [happened("beat", 12), happened("other", 25), happened("other", 35)]

    assert fires(trigger, beats, now=45) == [10, 30, 40]
    assert fires(trigger, [], now=WITHIN + PATIENCE / 2) == []


def test_windows_that_went_by_while_nobody_looked_count_as_one_that_is_missed() -> None:
    trigger = awaits("beat", within=WITHIN)

    seen = folded(trigger, [happened("beat", 3)], now=86_405)

    assert moments(seen.firings) == [20]
    assert seen.progress.due == at(86_410) + GRACE


def test_a_resource_that_falls_silent_is_told_of_once_until_it_is_heard_of_again() -> None:
    trigger = awaits("beat", within=WITHIN, for_each={ID})
    events = [happened("beat", 0, "p"), happened("beat", 4, "q"), happened("beat", 12, "p"), happened("z", 90)]

    seen = folded(trigger, events, now=100)

    assert [(one.labels[ID], *moments([one])) for one in seen.firings] == [("q", 24), ("p", 30)]
    assert seen.progress.due is None
    assert [one.event.resource_id for one in seen.firings if one.event] == ["q", "p"]


def test_after_an_event_the_expected_one_ends_the_watch() -> None:
    trigger = awaits("end", after={"begin"}, within=WITHIN)

    assert fires(trigger, [happened("begin", 1), happened("end", 5)], now=60) == []
    assert fires(trigger, [happened("begin", 1), happened("begin", 5)], now=60) == [11]
    assert fires(trigger, [happened("end", 1), happened("begin", 5), happened("end", 15)], now=60) == [15]


def test_a_heartbeat_begins_the_watch_anew() -> None:
    beats = [happened("beat", second) for second in (0, 8, 16, 24)]
    trigger = awaits("beat", "end", after={"beat"}, within=WITHIN)

    seen = folded(trigger, beats, now=50)

    assert moments(seen.firings) == [34]
    assert seen.firings[0].event == beats[-1]


def test_a_trigger_without_a_window_is_due_at_no_time() -> None:
    assert folded(awaits("end", after={"begin"}), [], now=100).progress.due is None
    assert folded(reacts(within=WITHIN), [happened("a", 0)], now=1).progress.due is None


def test_a_compound_fires_when_enough_of_its_parts_did_within_the_time() -> None:
    parts = (reacts("a"), reacts("b"), reacts("c"))
    far, near = [happened("a", 0), happened("b", 11)], [happened("a", 0), happened("b", 10)]

    assert fires(compound(2, *parts, within=WITHIN), far) == []
    assert fires(compound(2, *parts, within=WITHIN), near) == [10]
    assert fires(compound("all", *parts), [*near, happened("c", 9999)]) == [9999]
    assert fires(compound("any", *parts), near) == [0, 10]


def test_a_sequence_fires_when_its_parts_did_one_after_the_other() -> None:
    a, b, c = reacts("a"), reacts("b"), reacts("c")

    assert fires(sequence(a, b), [happened("b", 0), happened("a", 1)]) == []
    assert fires(sequence(a, b), [happened("b", 1), happened("a", 0, recorded=2)]) == [1]
    assert fires(sequence(a, b, within=WITHIN), [happened("a", 0), happened("a", 15), happened("b", 20)]) == [20]
    assert fires(sequence(a, b, c), [happened(name, second) for second, name in enumerate("abac")]) == [3]
    assert fires(sequence(a, reacts("a")), [happened("a", 0), happened("a", 1), happened("a", 2)]) == [1]


def test_triggers_are_made_of_others_however_deep() -> None:
    trigger = compound("all", sequence(reacts("a"), reacts("b")), awaits("end", after={"begin"}))
    events = [happened(name, second) for second, name in enumerate(("begin", "a", "b"))]

    seen = folded(trigger, events, now=30)

    assert moments(seen.firings) == [10]
    assert [event.event for event in seen.firings[0].events()] == ["a", "b", "begin"]
    assert len(list(seen.firings[0].each())) == 5


def test_what_is_kept_of_windows_that_are_over_does_not_grow_without_end() -> None:
    trigger = reacts(threshold=2, within=WITHIN, for_each={ID})

    seen = folded(trigger, [happened("a", number, f"r{number}") for number in range(50 * FEW)], now=0)

    assert seen.progress.kept is not None
    assert len(seen.progress.kept["windows"]) <= 2 * FEW


# -- against oracles


class Heard(NamedTuple):
    """That something occurred, and when it was recorded, in seconds after noon."""

    name: str
    occurred: int
    recorded: int
    resource: str = "p"


@st.composite
def histories(draw: st.DrawFn) -> list[Heard]:
    """What was heard of, in the order in which it was recorded; some of it late."""
    steps = draw(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 6), st.integers(0, 5)), max_size=14))
    heard, clock = [], 0
    for name, pause, late in steps:
        clock += pause
        heard.append(Heard(name, clock - late, clock, draw(st.sampled_from("pq"))))
    return heard


def events_of(history: Iterable[Heard]) -> list[Event]:
    return [happened(one.name, one.occurred, one.resource, recorded=one.recorded) for one in history]


def end_of(history: Sequence[Heard]) -> int:
    return (history[-1].recorded if history else 0) + WITHIN // 2


@given(histories(), st.integers(1, 3), st.booleans())
def test_reactions_are_those_that_a_search_finds(history: list[Heard], threshold: int, waits_for_c: bool) -> None:
    after = {"c"} if waits_for_c else set()
    trigger = reacts("a", "b", after=after, threshold=threshold, within=WITHIN, for_each={ID})

    seen = folded(trigger, events_of(history), now=end_of(history))

    found = [(key, one) for key in "pq" for one in _reactions(_of(history, key), threshold, waits_for_c)]
    assert sorted((one.labels[ID], *moments([one])) for one in seen.firings) == sorted(found)


def _of(history: Iterable[Heard], resource: str) -> list[Heard]:
    return [one for one in history if one.resource == resource]


def _reactions(history: Sequence[Heard], threshold: int, waits_for_c: bool) -> list[int]:
    """Take the first that begins a window, look who is in it, and go on with the rest."""
    openers = "c" if waits_for_c else "ab"
    begin = next((place for place, one in enumerate(history) if one.name in openers), None)
    if begin is None:
        return []
    start = history[begin].occurred
    relevant = "abc" if waits_for_c else "ab"
    end = next(
        (
            place
            for place in range(begin + 1, len(history))
            if history[place].occurred >= start + WITHIN and history[place].name in relevant
        ),
        len(history),
    )
    first = begin + 1 if waits_for_c else begin
    members = [place for place in range(first, end) if history[place].occurred >= start and history[place].name in "ab"]
    if len(members) < threshold:
        return _reactions(history[end:], threshold, waits_for_c)
    fired = members[threshold - 1]
    rest = history[fired + 1 :] if waits_for_c else history[end:]
    return [history[fired].occurred, *_reactions(rest, threshold, waits_for_c)]


@given(histories(), st.integers(1, 3))
def test_silences_are_those_that_a_search_finds(history: list[Heard], threshold: int) -> None:
    seen = fires(awaits("a", "b", within=WITHIN, threshold=threshold), events_of(history), now=end_of(history))

    assert seen == list(_silences(history, threshold))


def _silences(history: Sequence[Heard], threshold: int) -> Iterable[int]:
    """Go through the windows, each closed by its time or by the first event that belongs to a later one."""
    start, place = 0, 0
    while True:
        end = start + WITHIN
        closed = (index for index in range(place, len(history)) if _closes(history[index], end, "ab"))
        closing = next(closed, len(history))
        if closing == len(history) and end_of(history) < end + PATIENCE:
            return
        members = [one for one in history[place:closing] if start <= one.occurred < end and one.name in "ab"]
        if len(members) < threshold:
            yield end
        start, place = end, closing


def _closes(one: Heard, end: int, names: str) -> bool:
    return one.recorded >= end + PATIENCE or (one.occurred >= end and one.name in names)


@given(histories(), st.integers(1, 2), st.booleans())
def test_waits_are_in_vain_as_a_search_finds(history: list[Heard], threshold: int, beats: bool) -> None:
    expected, after = ("ab" if beats else "b"), {"a"}
    trigger = awaits(*expected, after=after, within=WITHIN, threshold=threshold)

    assert fires(trigger, events_of(history), now=end_of(history)) == _in_vain(
        history, threshold, beats, end_of(history)
    )


def _in_vain(history: Sequence[Heard], threshold: int, beats: bool, now: int) -> list[int]:
    """Take the first after which is watched, look how that ends, and go on with the rest."""
    begin = next((place for place, one in enumerate(history) if one.name == "a"), None)
    if begin is None:
        return []
    start, count = history[begin].occurred, 0
    for place in range(begin + 1, len(history)):
        one = history[place]
        if _closes(one, start + WITHIN, "ab"):
            return [start + WITHIN, *_in_vain(history[place:], threshold, beats, now)]
        if one.name not in "ab" or one.occurred < start:
            continue
        if one.name == "a" and beats:
            return _in_vain(history[place:], threshold, beats, now)
        count += one.name == "b"
        if count == threshold:
            return _in_vain(history[place + 1 :], threshold, beats, now)
    return [start + WITHIN] if now >= start + WITHIN + PATIENCE else []


PARTS = (reacts("a"), reacts("b"), reacts("a", "c"))
NAMES = ("a", "b", "ac")


class Fired(NamedTuple):
    """That a part fired: when, at which event, and which part."""

    moment: int
    number: int
    part: int


def _enough_at(history: Sequence[Heard], is_enough: Callable[[list[Fired]], bool]) -> list[int]:
    """When what has fired since the last time was enough."""
    found, since = [], list[Fired]()
    for number, one in enumerate(history):
        for part, names in enumerate(NAMES):
            if one.name not in names:
                continue
            since.append(Fired(one.occurred, number, part))
            latest = max(fired.moment for fired in since)
            since = [fired for fired in since if latest - fired.moment <= WITHIN]
            if is_enough(since):
                found.append(number)
                since = []
    return found


@given(histories(), st.integers(1, 3))
def test_a_compound_fires_when_a_search_finds_enough_parts(history: list[Heard], required: int) -> None:
    events = events_of(history)

    seen = folded(compound(required, *PARTS, within=WITHIN), events, now=0)

    found = _enough_at(history, lambda since: len({fired.part for fired in since}) >= required)
    assert [firing.event for firing in seen.firings] == [events[number] for number in found]


@given(histories())
def test_a_sequence_fires_when_a_search_finds_its_parts_in_order(history: list[Heard]) -> None:
    events = events_of(history)

    seen = folded(sequence(*PARTS, within=WITHIN), events, now=0)

    assert [firing.event for firing in seen.firings] == [events[number] for number in _enough_at(history, _is_chain)]


def _is_chain(since: list[Fired]) -> bool:
    by_part = [[fired for fired in since if fired.part == part] for part in range(len(NAMES))]
    return any(
        all(left[:2] < right[:2] and left.number != right.number for left, right in pairwise(chain))
        and chain[-1].moment - chain[0].moment <= WITHIN
        for chain in product(*by_part)
    )


TRIGGERS: Sequence[Trigger] = (
    reacts("a", "b", after={"c"}, threshold=2, within=WITHIN, for_each={ID}),
    reacts(threshold=3),
    awaits("a", within=WITHIN, for_each={ID}),
    awaits("a", "b", after={"a"}, within=WITHIN),
    compound(2, awaits("c", within=WITHIN), reacts("b"), sequence(reacts("a"), reacts("b")), within=2 * WITHIN),
)


@pytest.mark.parametrize("trigger", TRIGGERS)
@given(history=histories(), cuts=st.lists(st.integers(0, 14), max_size=5))
def test_a_trigger_that_is_kept_and_read_again_goes_on_as_if_nothing_had_been(
    trigger: Trigger, history: list[Heard], cuts: list[int]
) -> None:
    events = events_of(history)
    begin = begun(trigger, now=NOON).kept
    unbroken = advance(trigger, begin, events, now=at(end_of(history)))

    kept, firings = begin, []
    for portion in _portions(events, cuts):
        now = max((event.received for event in portion if event.received), default=NOON)
        (kept, _), fired = advance(trigger, _written_and_read(kept), portion, now=now)
        firings += fired
    last = advance(trigger, _written_and_read(kept), (), now=at(end_of(history)))

    assert [*firings, *last.firings] == unbroken.firings
    assert last.progress == unbroken.progress


def _portions(events: list[Event], cuts: list[int]) -> list[list[Event]]:
    places = [0, *sorted(cuts), len(events)]
    return [events[begin:end] for begin, end in pairwise(places)]


def _written_and_read(kept: Any) -> Any:
    return json.loads(json.dumps(kept))


@pytest.mark.parametrize("trigger", TRIGGERS)
@given(history=histories())
def test_each_firing_has_an_id_of_its_own_that_follows_from_what_led_to_it(
    trigger: Trigger, history: list[Heard]
) -> None:
    events, begin = events_of(history), begun(trigger, now=NOON).kept

    ids = [firing.id for firing in advance(trigger, begin, events, now=at(end_of(history))).firings]

    again = advance(trigger, begin, events, now=at(end_of(history)))
    assert len(set(ids)) == len(ids)
    assert [firing.id for firing in again.firings] == ids


def test_a_new_trigger_has_no_past() -> None:
    trigger = named(awaits("beat", within=WITHIN), uuid4)
    assert isinstance(trigger, EventTrigger)

    seen = advance(trigger, begun(trigger, now=at(1000)).kept, [], now=at(1000) + WITHIN * SECOND + GRACE)

    assert moments(seen.firings) == [1010]
