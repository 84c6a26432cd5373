"""What must hold when all is quiet again, whatever went wrong before. Each says what it found against it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from tests.torture.evidence import FINAL, Evidence
from tests.torture.ledgers import Entry
from tests.torture.mutants import LEASE

TOLD_WITHIN = 3 * LEASE
"""Seconds in which a process hears that its run was begun anew elsewhere, while nothing is wrong; on a machine that is
not slow, as the next."""
FLUSHED_WITHIN = 3.0
"""Seconds after which a log line has left its process, for the server or the disk."""
LIMIT = 1
"""How many runs of `limited` may be at work at once."""
NAMED_LIMIT = 2
"""How many slots the named limit has that runs of `holding` take."""
KILLS = ("SIGKILL", "SIGTERM")


class Violation(NamedTuple):
    """An invariant that does not hold, and what shows it."""

    invariant: str
    told: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.told}"


def acknowledged_runs_exist(seen: Evidence) -> Iterator[str]:
    """Every run that a client was told of is there."""
    for entry in seen.asked:
        if entry["what"] == "created" and entry["status"] < 300 and entry["id"] not in seen.runs:
            yield f"the run {entry['id']} was acknowledged and is not there"


def each_time_of_a_schedule_has_one_run(seen: Evidence) -> Iterator[str]:
    """A schedule's times have one run each, up to where the planning has come; none has two.

    Who is slower than the schedule has more and more runs that wait, and at some number no more are planned for now.
    """
    planned = [run.due for run in seen.runs.values() if run.is_planned and run.due is not None]
    seconds = Counter(round(due.timestamp()) for due in planned)
    for second in range(min(seconds, default=0), max(seconds, default=-1)):
        if seconds[second] > 1 or (not seconds[second] and second < int(seen.planned_until)):
            yield f"the time {second} of a schedule has {seconds[second]} runs"


def every_run_ends(seen: Evidence) -> Iterator[str]:
    """No run is left open."""
    for run in seen.runs.values():
        if run.type not in FINAL:
            yield f"{run} has not ended"


def nothing_follows_an_end(seen: Evidence) -> Iterator[str]:
    """After Completed, Failed and Cancelled nothing comes, unless somebody has the run run again."""
    for run in seen.runs.values():
        for before, after in pairwise(run.states):
            if before.type in ("COMPLETED", "FAILED", "CANCELLED") and after.type != "SCHEDULED":
                yield f"{run}: {after.name} follows {before.name}"
            if before.type == "RUNNING" and after.type == "PENDING":
                yield f"{run}: it was claimed while it was running"


def tasks_end_with_their_run(seen: Evidence) -> Iterator[str]:
    """No task run is open when its run has ended."""
    for task in seen.tasks:
        run = seen.runs.get(task.run or "")
        if run is not None and run.type in FINAL and task.type not in FINAL:
            yield f"{run} has ended, its task run {task.name} ({task.id}) is {task.type}"


def a_completed_run_lacks_no_task(seen: Evidence) -> Iterator[str]:
    """What a run's tasks came to in the process in which it completed is recorded; who was overtaken came too late."""
    recorded = {task.id: task.type for task in seen.tasks}
    returns = sorted((entry for entry in seen.done if entry["what"] == "returns"), key=lambda entry: entry["epoch"])
    returned = set({entry["run"]: entry["process"] for entry in returns}.items())
    for entry in seen.done:
        run = seen.runs.get(entry["run"])
        if entry["what"] != "end" or run is None or run.type != "COMPLETED":
            continue
        known = recorded.get(entry["task_run"])
        if (entry["run"], entry["process"]) in returned and known != "COMPLETED":
            yield f"task {entry['key']} of {run} ended in {entry['process']}, and is {known or 'not recorded'}"


def what_returned_is_completed(seen: Evidence) -> Iterator[str]:
    """A run whose function returned is Completed, unless its process was struck or somebody cancelled it."""
    for run, entries in _by_run(seen.done).items():
        known = seen.runs.get(run)
        if known is None or known.type == "COMPLETED":
            continue
        begun = [entry for entry in entries if entry["what"] == "begins"]
        if not begun or _is_excused(seen, begun[-1]):
            continue
        last = begun[-1]
        if any(entry["what"] == "returns" and entry["process"] == last["process"] for entry in entries):
            yield f"{known} returned in process {last['process']}, and is {known.type}: {known.states[-1].message}"


def what_is_completed_returned(seen: Evidence) -> Iterator[str]:
    """A run is Completed only if its function returned."""
    returned = {entry["run"] for entry in seen.done if entry["what"] == "returns"}
    for run in seen.runs.values():
        if run.type == "COMPLETED" and run.id not in returned:
            yield f"{run} is Completed, and its function never returned"


def _is_excused(seen: Evidence, begun: Entry) -> bool:
    was_cancelled = seen.was_asked(begun["run"], "cancelled") or seen.was_asked(begun["root"], "cancelled")
    return was_cancelled or bool(seen.strikes_on(begun["process"]))


def kept_results_are_not_made_again(seen: Evidence) -> Iterator[str]:
    """A task is not executed again once the process that executed it has gone on behind it."""
    for run, entries in _by_run(seen.done).items():
        for again in (entry for entry in entries if entry["what"] == "start"):
            done = _completed_before(entries, again)
            if done is not None:
                yield (
                    f"task {again['key']} of {run} was executed by {done['process']}, which went on, "
                    f"and again by {again['process']} in epoch {again['epoch']}"
                )


def _completed_before(entries: list[Entry], again: Entry) -> Entry | None:
    """The end of the same task in a process that did something after it, all before it begins again."""
    before = [entry for entry in entries if entry["at"] < again["at"]]
    for entry in before:
        if entry["what"] == "end" and entry["key"] == again["key"]:
            later = [other for other in before if other["process"] == entry["process"] and other["at"] > entry["at"]]
            if later:
                return entry
    return None


def limits_are_kept(seen: Evidence) -> Iterator[str]:
    """No more runs than allowed are at work at once, but for those whose process was believed dead."""
    intervals = [one for one in _intervals(seen, "enter") if not _is_beyond_limits(seen, one.run)]
    yield from _more_at_once(intervals, LIMIT)


def slots_are_never_over_their_limit(seen: Evidence) -> Iterator[str]:
    """No more hold slots of a named limit at once than it has, whatever became of their runs."""
    yield from _more_at_once(list(_intervals(seen, "holds")), NAMED_LIMIT)


def _more_at_once(intervals: list[Interval], limit: int) -> Iterator[str]:
    for interval in intervals:
        beside = [other for other in intervals if other.begin <= interval.begin < other.end]
        if len(beside) > limit:
            yield f"at {interval.begin} there were at work: {', '.join(other.run for other in beside)}"


class Interval(NamedTuple):
    run: str
    begin: float
    end: float


def _intervals(seen: Evidence, begins: str) -> Iterator[Interval]:
    for entered in (entry for entry in seen.limited if entry["what"] == begins):
        ends = [
            entry["at"]
            for entry in (*seen.limited, *seen.strikes_on(entered["process"]))
            if entry["process"] == entered["process"] and entry["at"] > entered["at"]
        ]
        yield Interval(entered["run"], entered["at"], min(ends, default=entered["at"]))


def _is_beyond_limits(seen: Evidence, run: str) -> bool:
    return run not in seen.runs or seen.runs[run].lost_its_lease or seen.was_asked(run, "cancelled")


def lines_are_kept_once(seen: Evidence) -> Iterator[str]:
    """Every line that was logged is kept once, unless its process was killed just then; and in order."""
    kept = [line.message for line in seen.lines if line.message.startswith("line ")]
    counts = Counter(kept)
    for text, count in counts.items():
        if count > 1:
            yield f"{text!r} is kept {count} times"
    for entry in seen.logged:
        text = f"line {entry['number']} of {entry['process']}"
        if text not in counts and not _was_killed_soon_after(seen, entry):
            yield f"{text!r} of {entry['run']} is not kept"
    for process, numbers in _numbers_by_process(kept).items():
        if numbers != sorted(numbers):
            yield f"the lines of {process} are out of order: {numbers}"


def _was_killed_soon_after(seen: Evidence, logged: Entry) -> bool:
    kills = [entry["at"] for entry in seen.strikes_on(logged["process"]) if entry["what"] in KILLS]
    return any(at - FLUSHED_WITHIN * seen.slowness < logged["at"] for at in kills)


def _numbers_by_process(kept: Iterable[str]) -> dict[str, list[int]]:
    numbers: dict[str, list[int]] = defaultdict(list)
    for text in kept:
        _, number, _, process = text.split()
        numbers[process].append(int(number))
    return numbers


def nothing_starts_early(seen: Evidence) -> Iterator[str]:
    """No run begins before its time."""
    for entry in seen.done:
        run = seen.runs.get(entry["run"])
        if entry["what"] == "begins" and run is not None and run.due is not None:
            early = run.due.timestamp() - entry["at"]
            if early > 0:
                yield f"{run} began {early:.3f} s before its time"


def violations_on_the_way(done: list[Entry]) -> list[Violation]:
    """What can be seen while the nemesis is still at work."""
    return [Violation("I10", told) for told in _carried_out_twice(done)]


def one_process_for_each_epoch(seen: Evidence) -> Iterator[str]:
    """No two processes carry a run out in one epoch."""
    return _carried_out_twice(seen.done)


def _carried_out_twice(done: list[Entry]) -> Iterator[str]:
    processes: dict[tuple[str, int], set[str]] = defaultdict(set)
    for entry in done:
        if entry["what"] == "begins" and entry["run"] == entry["root"] and entry["epoch"]:
            processes[entry["run"], entry["epoch"]].add(entry["process"])
    for (run, epoch), found in processes.items():
        if len(found) > 1:
            yield f"the run {run} was carried out in epoch {epoch} by {', '.join(sorted(found))}"


def who_was_overtaken_writes_nothing(seen: Evidence) -> Iterator[str]:
    """Of what a process does in a run that was begun anew elsewhere nothing is recorded."""
    recorded = {task.id for task in seen.tasks}
    for entry, newer in _done_by_overtaken(seen):
        if entry["task_run"] in recorded:
            yield (
                f"task run {entry['task_run']} of {entry['run']} was begun by {entry['process']} in epoch "
                f"{entry['epoch']} after {newer['process']} had begun the run anew, and is recorded"
            )


def who_was_overtaken_stops(seen: Evidence) -> Iterator[str]:
    """A process whose run was begun anew elsewhere begins no more tasks once it could have heard of that."""
    for entry, newer in _done_by_overtaken(seen):
        since = max([newer["at"], *(at for at in _disturbed(seen) if at <= entry["at"])])
        if entry["at"] - since > TOLD_WITHIN * seen.slowness:
            yield (
                f"{entry['process']} begins task {entry['key']} of {entry['run']} {entry['at'] - newer['at']:.1f} s "
                f"after {newer['process']} began the run anew"
            )


def every_event_comes_once(seen: Evidence) -> Iterator[str]:
    """Whoever follows the feed is given every event, and none twice."""
    counts = Counter(seen.followed)
    for id, count in counts.items():
        if count > 1:
            yield f"the event {id} came {count} times"
    for id in seen.happened:
        if id not in counts:
            yield f"the event {id} never came"


def _done_by_overtaken(seen: Evidence) -> Iterator[tuple[Entry, Entry]]:
    """Tasks begun after a newer epoch had begun, each with the beginning of that epoch."""
    for entries in _by_run(seen.done).values():
        begun = [entry for entry in entries if entry["what"] == "begins"]
        for entry in (entry for entry in entries if entry["what"] == "start"):
            newer = [b for b in begun if b["epoch"] > entry["epoch"] and b["at"] < entry["at"]]
            if newer:
                yield entry, newer[0]


def _disturbed(seen: Evidence) -> list[float]:
    return [entry["at"] for entry in seen.struck]


def _by_run(entries: list[Entry]) -> dict[str, list[Entry]]:
    by_run: dict[str, list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda entry: float(entry["at"])):
        by_run[entry["run"]].append(entry)
    return by_run


def automations_fire_once(seen: Evidence) -> Iterator[str]:
    """The automation that listens to completed runs fired once for each of them."""
    fired = Counter(seen.firings)
    for state in seen.completions:
        if fired[state] != 1:
            yield f"an automation fired {fired[state]} times for the state {state}"
    for state in fired.keys() - set(seen.completions):
        yield f"an automation fired for {state}, which is none"


Invariant = Callable[[Evidence], Iterator[str]]
INVARIANTS: tuple[tuple[str, Invariant], ...] = (
    ("I1", acknowledged_runs_exist),
    ("I1", each_time_of_a_schedule_has_one_run),
    ("I2", every_run_ends),
    ("I2", nothing_follows_an_end),
    ("I3", tasks_end_with_their_run),
    ("I3", a_completed_run_lacks_no_task),
    ("I4", what_returned_is_completed),
    ("I4", what_is_completed_returned),
    ("I5", kept_results_are_not_made_again),
    ("I6", limits_are_kept),
    ("I6", slots_are_never_over_their_limit),
    ("I8", lines_are_kept_once),
    ("I9", nothing_starts_early),
    ("I10", one_process_for_each_epoch),
    ("I10", who_was_overtaken_writes_nothing),
    ("I10", who_was_overtaken_stops),
    ("I19", every_event_comes_once),
    ("I11", automations_fire_once),
)


def violations(seen: Evidence) -> list[Violation]:
    """What does not hold."""
    return [Violation(name, told) for name, invariant in INVARIANTS for told in invariant(seen)]
