"""Taking slots, waiting in line and giving back, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from prefect._domain.concurrency import ConcurrencyLimit, Holder, Mode, SlotKind, Taker
from prefect._domain.events import Event, Position
from prefect._orchestration import concurrency_limits, taking_slots
from prefect._orchestration.duties.leases import Ended, end_of_process
from prefect._orchestration.events import read_feed
from prefect._orchestration.taking_slots import PATIENCE, SlotsRefused, Taken, Told, Wish
from prefect._store.database import Database
from tests._orchestration.deployed import MINUTE, NOON, SECOND, a_deployment, a_run

ME = "host:1:me"


def a_limit(db: Database, name: str = "x", limit: int = 1, taken: int = 0, **fields: Any) -> UUID:
    made = ConcurrencyLimit(uuid4(), name, limit, created=NOON, updated=NOON, **fields)
    return concurrency_limits.create(db, made, taken=taken, now=NOON, new_id=uuid4).id


def wanted(names: str | Sequence[str] = "x", slots: int = 1, process: str = ME, **fields: Any) -> Wish:
    many = [names] if isinstance(names, str) else names
    return Wish(uuid4(), many, slots, lease=MINUTE, taker=Taker(process), **fields)


def take(db: Database, wish: Wish, *, at: datetime = NOON, waits: bool = True) -> Taken:
    return taking_slots.take(db, wish, waits=waits, now=at, new_id=uuid4)


def give(db: Database, wish: Wish, *, at: datetime = NOON) -> bool:
    return taking_slots.give(db, wish.lease_id, now=at, new_id=uuid4)


def heard(db: Database, process: str = ME, *, at: datetime = NOON, ack: Sequence[Told] = ()) -> list[Told]:
    return taking_slots.hear(db, process, {one.lease_id for one in ack}, now=at, new_id=uuid4).told


def active(db: Database, name: str = "x", *, at: datetime = NOON) -> int:
    return concurrency_limits.read(db, name, now=at).active_slots


def granted(*wishes: Wish) -> list[Told]:
    return [Told(wish.lease_id, None) for wish in wishes]


def test_slots_are_taken_until_there_are_none_and_given_back(db: Database) -> None:
    a_limit(db, limit=2)
    first, second, third = wanted(), wanted(), wanted()

    assert take(db, first).is_granted
    assert take(db, second).is_granted
    assert not take(db, third, waits=False).is_granted
    assert active(db) == 2
    assert give(db, first)
    assert not give(db, first)
    assert active(db) == 1


def test_those_who_wait_are_served_in_the_order_in_which_they_came(db: Database) -> None:
    a_limit(db)
    holder, *waiting = (wanted() for _ in range(4))
    take(db, holder)
    for wish in waiting:
        assert not take(db, wish).is_granted

    give(db, holder)
    assert heard(db) == granted(waiting[0])
    give(db, waiting[0])
    assert heard(db) == granted(waiting[1])

    assert active(db) == 1


def test_who_comes_does_not_overtake_who_waits(db: Database) -> None:
    a_limit(db, limit=3)
    small, big = wanted(slots=2), wanted(slots=3)
    take(db, small)
    take(db, big)

    assert not take(db, wanted(slots=1)).is_granted
    give(db, small)
    assert heard(db) == granted(big)


def test_a_question_that_is_asked_again_is_answered_the_same(db: Database) -> None:
    a_limit(db)
    holder, waiting = wanted(), wanted()

    assert take(db, holder).is_granted
    assert take(db, holder).is_granted
    assert not take(db, waiting).is_granted
    assert not take(db, waiting).is_granted
    give(db, holder)

    assert take(db, waiting).is_granted
    assert active(db) == 1


def test_a_lease_that_is_not_renewed_ends_and_the_next_is_served(db: Database) -> None:
    a_limit(db)
    dead, waiting = wanted(), wanted()
    take(db, dead)
    take(db, waiting, at=NOON + 50 * SECOND)
    later = NOON + MINUTE

    assert heard(db, at=NOON + 59 * SECOND) == []
    assert heard(db, at=later) == []
    told = heard(db, at=later)

    assert told == granted(waiting)
    assert taking_slots.renew(db, [dead.lease_id], MINUTE, now=later) == [dead.lease_id]


def test_a_renewed_lease_lasts(db: Database) -> None:
    a_limit(db)
    holder = wanted()
    take(db, holder)

    assert taking_slots.renew(db, [holder.lease_id], MINUTE, now=NOON + 50 * SECOND) == []

    assert active(db, at=NOON + 100 * SECOND) == 1
    assert active(db, at=NOON + 110 * SECOND) == 0


def test_one_is_told_when_to_look_again(db: Database) -> None:
    a_limit(db)
    take(db, wanted(), at=NOON - 57 * SECOND)
    take(db, wanted())

    again = taking_slots.hear(db, ME, (), now=NOON, new_id=uuid4).look_again

    assert again == NOON + 3 * SECOND


def test_who_died_while_waiting_is_passed_over(db: Database) -> None:
    a_limit(db)
    holder, dead, alive = wanted(), wanted(process="dead"), wanted()
    take(db, holder)
    take(db, dead)
    take(db, alive)
    later = NOON + PATIENCE + SECOND
    heard(db, at=later)

    give(db, holder, at=later)

    assert heard(db, at=later) == granted(alive)


def test_who_died_before_it_heard_of_its_slot_does_not_keep_it(db: Database) -> None:
    a_limit(db)
    holder, dead, alive = wanted(), wanted(process="dead"), wanted()
    take(db, holder)
    take(db, dead)
    take(db, alive)
    give(db, holder)
    later = NOON + PATIENCE

    assert heard(db, "dead") == granted(dead)
    assert heard(db, at=later) == []
    assert heard(db, at=later) == granted(alive)


def test_what_was_heard_is_not_told_again_and_its_lease_begins(db: Database) -> None:
    a_limit(db)
    holder, waiting = wanted(), wanted()
    take(db, holder)
    take(db, waiting)
    give(db, holder)

    told = heard(db)
    assert heard(db, ack=told) == []

    assert active(db, at=NOON + 59 * SECOND) == 1
    assert active(db, at=NOON + 60 * SECOND) == 0


def test_who_leaves_the_line_lets_the_next_go(db: Database) -> None:
    a_limit(db, limit=2)
    holder, big, small = wanted(), wanted(slots=2), wanted()
    take(db, holder)
    take(db, big)
    take(db, small)

    assert not taking_slots.withdraw(db, big.lease_id, now=NOON, new_id=uuid4)

    assert heard(db) == granted(small)


def test_who_leaves_too_late_has_its_slots(db: Database) -> None:
    a_limit(db)
    holder, waiting = wanted(), wanted()
    take(db, holder)
    take(db, waiting)
    give(db, holder)

    assert taking_slots.withdraw(db, waiting.lease_id, now=NOON, new_id=uuid4)

    assert heard(db) == []
    assert active(db, at=NOON + 59 * SECOND) == 1


def test_several_limits_are_taken_together_or_not_at_all(db: Database) -> None:
    a_limit(db, "x")
    a_limit(db, "y")
    x, both = wanted("x"), wanted(["x", "y", "unknown"])
    take(db, x)

    answer = take(db, both)
    assert (answer.is_granted, list(answer.unknown)) == (False, ["unknown"])
    assert active(db, "y") == 0
    give(db, x)

    assert heard(db) == granted(both)
    assert (active(db, "x"), active(db, "y")) == (1, 1)


def test_who_waits_for_two_does_not_hold_up_who_has_one_of_them_and_wants_the_other(db: Database) -> None:
    a_limit(db, "x")
    a_limit(db, "y")
    take(db, wanted("y"))
    take(db, wanted(["x", "y"]))

    assert take(db, wanted("x")).is_granted


def test_a_raised_limit_wakes_as_many(db: Database) -> None:
    a_limit(db)
    take(db, wanted())
    waiting = [wanted() for _ in range(4)]
    for wish in waiting:
        take(db, wish)

    concurrency_limits.update(db, "x", {"limit": 3}, now=NOON, new_id=uuid4)

    assert heard(db) == granted(*waiting[:2])
    assert active(db) == 3


def test_a_lowered_limit_ends_the_waiting_for_more_than_it_has(db: Database) -> None:
    a_limit(db, limit=2)
    take(db, wanted())
    big = wanted(slots=2)
    take(db, big)

    concurrency_limits.update(db, "x", {"limit": 1}, now=NOON, new_id=uuid4)

    [told] = heard(db)
    assert told.lease_id == big.lease_id
    assert "2 asked for, and 'x' has 1" in str(told.refusal)


@pytest.mark.parametrize("how", ["deleted", "switched off"])
def test_a_limit_that_is_no_more_holds_nobody_up(db: Database, how: str) -> None:
    a_limit(db)
    waiting = wanted()
    take(db, wanted())
    take(db, waiting)

    if how == "deleted":
        concurrency_limits.delete(db, "x", now=NOON, new_id=uuid4)
    else:
        concurrency_limits.update(db, "x", {"active": False}, now=NOON, new_id=uuid4)

    assert heard(db) == granted(waiting)
    assert take(db, wanted()).is_granted


def test_a_name_that_is_no_limits_bounds_nothing_unless_it_must(db: Database) -> None:
    assert take(db, wanted("none", slots=50)).is_granted

    answer = take(db, wanted("none", strict=True))

    assert (answer.is_granted, list(answer.unknown)) == (False, ["none"])


def test_what_will_never_be_had_is_refused_at_once(db: Database) -> None:
    a_limit(db, limit=2)
    a_limit(db, "closed", limit=0)

    with pytest.raises(SlotsRefused, match="3 asked for"):
        take(db, wanted(slots=3))
    with pytest.raises(SlotsRefused, match="'closed' has 0"):
        take(db, wanted("closed"))
    with pytest.raises(SlotsRefused, match="slot_decay_per_second"):
        take(db, wanted(mode=Mode.RATE_LIMIT))


def test_a_pace_is_kept_and_who_waits_is_served_when_the_time_has_come(db: Database) -> None:
    a_limit(db, limit=2, slot_decay_per_second=1.0)
    for _ in range(2):
        assert take(db, wanted(mode=Mode.RATE_LIMIT)).is_granted
    third = wanted(mode=Mode.RATE_LIMIT)
    assert take(db, third).wait_seconds == 1.0
    again = taking_slots.hear(db, ME, (), now=NOON, new_id=uuid4).look_again
    assert again == NOON + SECOND

    heard(db, at=again)

    assert heard(db, at=again) == granted(third)
    assert active(db, at=again) == 2
    assert active(db, at=again + 2 * SECOND) == 0


def test_a_process_of_which_nobody_waits_need_not_listen(db: Database) -> None:
    a_limit(db)
    take(db, wanted())

    assert taking_slots.hear(db, ME, (), now=NOON, new_id=uuid4) == ([], None)


def test_slots_without_a_lease_last_until_they_are_given_back(db: Database) -> None:
    a_limit(db, limit=5)
    take(db, wanted(slots=2, kind=SlotKind.RETURN))
    take(db, wanted(slots=2, kind=SlotKind.RETURN))

    taking_slots.give_back(db, ["x"], 3, now=NOON, new_id=uuid4)

    assert active(db, at=NOON + timedelta(days=365)) == 1
    taking_slots.give_back(db, ["x"], 3, now=NOON, new_id=uuid4)
    assert active(db) == 0


def test_what_nobody_leased_is_not_given_back_for_another(db: Database) -> None:
    a_limit(db, limit=2)
    take(db, wanted())

    taking_slots.give_back(db, ["x"], 2, now=NOON, new_id=uuid4)

    assert active(db) == 1


def test_a_run_gives_back_what_it_holds(db: Database) -> None:
    a_limit(db, "tag:a", limit=2)
    mine, yours = (Taker(holder=Holder("task_run", uuid4())) for _ in range(2))
    for taker in (mine, yours):
        take(db, wanted("tag:a", kind=SlotKind.RUN)._replace(taker=taker))
    assert mine.holder is not None

    taking_slots.give_back_of(db, ["tag:a"], mine.holder, now=NOON, new_id=uuid4)

    [left] = concurrency_limits.holders(db, ["tag:a"], now=NOON)
    assert yours.holder is not None
    assert left.holder_id == yours.holder.id


def test_a_holder_is_ended_and_the_next_is_served(db: Database) -> None:
    a_limit(db)
    holder, waiting = wanted(), wanted()
    take(db, holder)
    take(db, waiting)

    assert taking_slots.end(db, holder.lease_id, now=NOON, new_id=uuid4)

    assert heard(db) == granted(waiting)
    assert taking_slots.renew(db, [holder.lease_id], MINUTE, now=NOON) == [holder.lease_id]


def test_who_is_taken_out_of_the_line_is_told(db: Database) -> None:
    a_limit(db)
    take(db, wanted())
    waiting = wanted()
    take(db, waiting)

    assert taking_slots.end(db, waiting.lease_id, now=NOON, new_id=uuid4)

    [told] = heard(db)
    assert "out of the line" in str(told.refusal)


def test_holders_and_waiters_are_told_with_since_when(db: Database) -> None:
    a_limit(db)
    holder, waiting = wanted(process="a"), wanted(process="b")
    take(db, holder)
    take(db, waiting, at=NOON + SECOND)

    [held] = concurrency_limits.holders(db, ["x"], now=NOON + SECOND)
    [waits] = concurrency_limits.waiting(db, ["x"], now=NOON + SECOND)

    assert (held.process, held.since, held.expires_at, held.slots) == ("a", NOON, NOON + MINUTE, 1)
    assert (waits.process, waits.since, waits.limit_name) == ("b", NOON + SECOND, "x")


def test_so_many_slots_are_taken_as_one_says(db: Database) -> None:
    a_limit(db, limit=5, taken=2)
    take(db, wanted())
    assert active(db) == 3

    for slots in (5, 1, 0):
        concurrency_limits.update(db, "x", {"active_slots": slots}, now=NOON, new_id=uuid4)
        assert active(db) == slots


def test_of_many_who_ask_at_once_no_more_get_slots_than_there_are(db: Database) -> None:
    a_limit(db, limit=3)
    wishes = [wanted() for _ in range(24)]

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda wish: take(db, wish).is_granted, wishes))

    assert sum(answers) == 3
    assert active(db) == 3


def told_of(db: Database) -> list[Event]:
    """The events of limits, in their order."""
    feed = read_feed(db, Position.at_end_of(0), limit=100)
    return [event for _, event in feed if event.event.startswith("prefect.concurrency-limit.")]


def test_what_a_process_takes_and_gives_back_is_told_as_events(db: Database) -> None:
    x, y = a_limit(db, "x", limit=2), a_limit(db, "y", limit=2)
    run = Holder("task_run", uuid4())
    wish = wanted(["x", "y"], slots=2)._replace(taker=Taker(ME, run))

    take(db, wish)
    give(db, wish, at=NOON + SECOND)

    events = [event for event in told_of(db) if event.resource_id.endswith(str(x))]
    assert [event.event.rpartition(".")[2] for event in events] == ["created", "acquired", "released"]
    _, acquired, released = events
    assert (acquired.resource["slots-acquired"], acquired.resource["limit"]) == ("2", "2")
    assert [one["prefect.resource.id"] for one in acquired.related] == [
        f"prefect.task-run.{run.id}",
        f"prefect.concurrency-limit.{y}",
    ]
    assert released.follows == acquired.id


def test_what_others_tell_of_themselves_is_not_told_twice(db: Database) -> None:
    a_limit(db)
    theirs = wanted()._replace(taker=Taker())

    take(db, theirs)
    give(db, theirs)

    assert [event.event for event in told_of(db)] == ["prefect.concurrency-limit.created"]


def test_changes_of_limits_are_told_as_events(db: Database) -> None:
    a_limit(db)

    concurrency_limits.update(db, "x", {"limit": 4}, now=NOON + SECOND, new_id=uuid4)
    concurrency_limits.delete(db, "x", now=NOON + 2 * SECOND, new_id=uuid4)

    told = told_of(db)
    assert [event.event.rpartition(".")[2] for event in told] == ["created", "updated", "deleted"]
    assert [event.payload["limit"] for event in told] == [1, 4, 4]


def test_what_a_process_held_that_is_known_to_be_gone_is_free_at_once(db: Database) -> None:
    a_limit(db, limit=2)
    run = a_run(db, a_deployment(db).id)
    held, of_another, waits = wanted(process="host:7:a"), wanted(process="host:77:b"), wanted()
    take(db, held)
    take(db, of_another)
    take(db, wanted(process="host:7:a"))
    take(db, waits)

    end_of_process(db, run.id, Ended("claimer", 1, "host:7:"), "It was killed.", now=NOON, new_id=uuid4)

    assert heard(db) == granted(waits)
    assert {one.process for one in concurrency_limits.holders(db, ["x"], now=NOON)} == {"host:77:b", ME}


def test_who_asks_again_and_has_been_served_has_its_whole_lease(db: Database) -> None:
    a_limit(db)
    holder, waiting = wanted(), wanted()
    take(db, holder)
    take(db, waiting)
    give(db, holder)

    assert take(db, waiting).is_granted

    assert heard(db) == []
    assert active(db, at=NOON + 59 * SECOND) == 1


def test_who_asks_again_and_has_been_refused_is_told_why(db: Database) -> None:
    a_limit(db)
    take(db, wanted())
    waiting = wanted()
    take(db, waiting)
    taking_slots.end(db, waiting.lease_id, now=NOON, new_id=uuid4)

    with pytest.raises(SlotsRefused, match="out of the line"):
        take(db, waiting)


def test_who_is_silent_for_a_while_keeps_its_place(db: Database) -> None:
    a_limit(db)
    holder, silent = wanted(kind=SlotKind.RETURN), wanted()
    take(db, holder)
    take(db, silent)
    later = NOON + 30 * MINUTE

    take(db, wanted(process="other"), at=later)
    heard(db, at=later)
    give(db, holder, at=later)

    assert heard(db, at=later) == granted(silent)


def test_who_is_silent_for_long_is_forgotten(db: Database) -> None:
    a_limit(db)
    take(db, wanted(kind=SlotKind.RETURN))
    take(db, wanted(process="silent"))

    take(db, wanted(process="other"), at=NOON + timedelta(hours=2))

    with db.read() as conn:
        assert conn.execute("SELECT process FROM concurrency_waiter") == [("other",)]
