"""Draw the pictures of the documents: `python -m docs.draw_pictures`. A test holds the files to it."""

from __future__ import annotations

from pathlib import Path

from docs.draw_states import arrows_of
from docs.drawing import Arrow, Box, Picture
from prefect._domain.transitions.decide import RuleTable
from prefect._domain.transitions.flow_rules import FLOW_RULES
from prefect._domain.transitions.task_rules import TASK_RULES

FOLDER = Path(__file__).parent / "pictures"

STATES = {
    "start": Box(60, 120, "made", width=70, height=30),
    "SCHEDULED": Box(200, 50, "Scheduled\nAwaitingRetry, Late", "wait"),
    "PENDING": Box(200, 190, "Pending", "wait"),
    "RUNNING": Box(430, 120, "Running\nRetrying", "ours"),
    "PAUSED": Box(430, 26, "Paused\nSuspended", "wait", height=36),
    "COMPLETED": Box(690, 30, "Completed\nCached, Skipped", "good"),
    "FAILED": Box(690, 110, "Failed\nTimedOut", "bad"),
    "CRASHED": Box(690, 190, "Crashed", "bad"),
    "CANCELLING": Box(430, 265, "Cancelling", "wait"),
    "CANCELLED": Box(690, 265, "Cancelled", "bad"),
}
BENDS = {
    ("RUNNING", "PAUSED"): -14,
    ("PAUSED", "RUNNING"): -14,
    ("RUNNING", "FAILED"): -10,
    ("FAILED", "RUNNING"): -10,
    ("RUNNING", "COMPLETED"): -12,
    ("COMPLETED", "RUNNING"): -12,
    ("RUNNING", "CRASHED"): -10,
    ("CRASHED", "RUNNING"): -10,
    ("PAUSED", "SCHEDULED"): 14,
}
HIDDEN = {
    *(("FAILED", "SCHEDULED"), ("CRASHED", "SCHEDULED"), ("CANCELLED", "SCHEDULED")),
    *(("PAUSED", "CANCELLING"), ("SCHEDULED", "CANCELLING")),
}
"""Moves that the tables have and the picture leaves out, for it would be all lines."""


def states(title: str, table: RuleTable) -> Picture:
    """The states and the moves between them that the rules do not forbid."""
    moves = [move for move in arrows_of(table) if move not in HIDDEN]
    arrows = [Arrow("start", "SCHEDULED"), Arrow("start", "PENDING")]
    arrows += [Arrow(source, target, bend=BENDS.get((source, target), 0)) for source, target in moves]
    return Picture(title, 780, 300, STATES, arrows)


def pictures() -> dict[str, Picture]:
    """Each picture by the name of its file."""
    return {
        "flow-run-states": states("How flow runs move between states", FLOW_RULES),
        "task-run-states": states("How task runs move between states", TASK_RULES),
        "parts": PARTS,
        "deployed-run": DEPLOYED_RUN,
        "side-by-side": SIDE_BY_SIDE,
        "cache": CACHE,
        "automation": AUTOMATION,
        "pool": POOL,
    }


PARTS = Picture(
    "The parts: programs, server, database, workers",
    760,
    270,
    {
        "script": Box(100, 60, "python flow.py\nrecords by itself", width=150, height=50),
        "database": Box(380, 60, "database\nSQLite or PostgreSQL", "store", 170, 50),
        "server": Box(380, 180, "server\nAPI, pages, duties", "ours", 170, 50),
        "worker": Box(100, 180, "worker\nof a pool", "ours", 150, 50),
        "run": Box(100, 245, "process of a run", height=30, width=150),
        "browser": Box(660, 150, "browser\nthe pages", width=150, height=44),
        "program": Box(660, 220, "other programs\nREST, get_client()", width=150, height=44),
    },
    [
        Arrow("script", "database", "no server"),
        Arrow("server", "database"),
        Arrow("worker", "server", "claims, tells"),
        Arrow("worker", "run"),
        Arrow("run", "server", "states, logs", 12),
        Arrow("browser", "server"),
        Arrow("program", "server"),
    ],
)
DEPLOYED_RUN = Picture(
    "How a run of a deployment is started",
    780,
    150,
    {
        "schedule": Box(80, 50, "schedule\n“every day at 8”", "plain", 130, 46),
        "planned": Box(250, 50, "Scheduled\nplanned ahead", "wait", 120, 46),
        "claimed": Box(420, 50, "Pending\nclaimed once", "wait", 120, 46),
        "running": Box(590, 50, "Running\na process of its own", "ours", 140, 46),
        "ended": Box(700, 120, "an end\nhooks, notices", "good", 110, 42),
        "asked": Box(80, 120, "deployment run\na click, a trigger", "plain", 130, 42),
    },
    [
        Arrow("schedule", "planned"),
        Arrow("asked", "planned"),
        Arrow("planned", "claimed", "due"),
        Arrow("claimed", "running"),
        Arrow("running", "ended"),
    ],
)
SIDE_BY_SIDE = Picture(
    "Submitted tasks run side by side, and wait for what they need",
    640,
    190,
    {
        "flow": Box(80, 95, "flow", "ours", 90, 40),
        "one": Box(270, 35, "load(1)", width=110, height=36),
        "two": Box(270, 95, "load(2)", width=110, height=36),
        "three": Box(270, 155, "load(3)", width=110, height=36),
        "total": Box(450, 95, "total(…)", width=110, height=36),
        "result": Box(580, 95, "result()", "good", 90, 36),
    },
    [
        Arrow("flow", "one", "submit"),
        Arrow("flow", "two", "submit"),
        Arrow("flow", "three", "submit"),
        Arrow("one", "total"),
        Arrow("two", "total"),
        Arrow("three", "total"),
        Arrow("total", "result"),
    ],
)
CACHE = Picture(
    "What becomes of the call of a task with a cache policy",
    720,
    180,
    {
        "call": Box(80, 60, "task(inputs)", "plain", 110, 40),
        "key": Box(240, 60, "cache key\nby the policy", "ours", 120, 46),
        "found": Box(430, 60, "kept result\nof that key?", "store", 130, 46),
        "cached": Box(640, 60, "Cached\nnothing is run", "good", 120, 46),
        "run": Box(430, 145, "run the function", "ours", 130, 40),
        "kept": Box(640, 145, "Completed\nresult is kept", "good", 120, 46),
    },
    [
        Arrow("call", "key"),
        Arrow("key", "found"),
        Arrow("found", "cached", "yes"),
        Arrow("found", "run", "no"),
        Arrow("run", "kept"),
    ],
)
AUTOMATION = Picture(
    "From an event to an action",
    760,
    160,
    {
        "event": Box(80, 50, "event\na run has failed", "bad", 130, 46),
        "trigger": Box(270, 50, "trigger\nmatches, counts, waits", "ours", 160, 46),
        "firing": Box(460, 50, "firing\nrecorded once", "store", 120, 46),
        "action": Box(640, 50, "action\nat least once", "ours", 120, 46),
        "silence": Box(80, 120, "silence\nnothing came in time", "wait", 140, 46),
        "done": Box(640, 125, "notice, run, pause, …", "good", 160, 36),
    },
    [
        Arrow("event", "trigger"),
        Arrow("silence", "trigger"),
        Arrow("trigger", "firing"),
        Arrow("firing", "action"),
        Arrow("action", "done"),
    ],
)
POOL = Picture(
    "Deployments, a pool with its queues, and its workers",
    760,
    210,
    {
        "a": Box(90, 50, "deployment\nreport/nightly", width=140, height=44),
        "b": Box(90, 150, "deployment\nalarm/on-demand", width=140, height=44),
        "default": Box(340, 50, "queue “default”\npriority 2", "wait", 150, 44),
        "urgent": Box(340, 150, "queue “urgent”\npriority 1", "wait", 150, 44),
        "one": Box(640, 50, "worker on machine A", "ours", 160, 40),
        "two": Box(640, 150, "worker on machine B", "ours", 160, 40),
        "pool": Box(340, 100, "pool “machine-room”", "store", 170, 30),
    },
    [
        Arrow("a", "default", "runs"),
        Arrow("b", "urgent", "runs"),
        Arrow("one", "pool", "claims what is due"),
        Arrow("two", "pool", "claims what is due"),
    ],
)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, picture in pictures().items():
        (FOLDER / f"{name}.svg").write_text(picture.svg(), encoding="utf-8")


if __name__ == "__main__":
    main()
