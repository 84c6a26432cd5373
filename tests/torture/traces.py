"""What the processes of a world leave behind when all is quiet: their words, files, memory and answers."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import psutil

from tests.torture.actors import Actor
from tests.torture.evidence import Evidence, faults_of_the_file, leases_and_slots
from tests.torture.invariants import Violation
from tests.torture.world import World

LOCKED = re.compile("database is locked")
FAULTS = re.compile(r"Traceback \(most recent call last\)|database is locked")
WANTED = re.compile(r"This failure is wanted\.|ServerUnreachable")
"""What runs may fail of: an outage may outlast what they were told to wait when they begin a subflow."""
AT_REST_AFTER = 2.0
"""Seconds after which nobody writes a file any more."""
LOOKS_BACK = 10.0
"""Seconds of age at which a new file is looked at."""
MOST_BYTES = 400 * 1024 * 1024
MOST_FILES = 150


def answers_are_no_faults(world: World) -> Iterator[str]:
    """A server never says 5xx, but for 503 with the time to ask again, and 507."""
    for request, answer in world.proxy.failed:
        status = answer.split(b" ", 2)[1]
        says_when = status == b"503" and b"retry-after:" in answer.lower()
        if not says_when and status != b"507":
            yield f"{request.decode()} was answered with {answer[:200].decode(errors='replace')!r}"


def nobody_complains(world: World) -> Iterator[str]:
    """No program shows a traceback, or says that the database is locked; a script shows how it was ended."""
    for actor in (*world.actors, *world.scripts):
        file = actor.said
        text = file.read_text(errors="replace")
        for found in (LOCKED if actor in world.scripts else FAULTS).finditer(text):
            around = text[max(found.start() - 300, 0) : found.start() + 12_000]
            if not WANTED.search(around):
                yield f"{file.name}: {around[:3_300]}"
                break


def runs_complain_of_nothing(seen: Evidence) -> Iterator[str]:
    """Neither do the processes of runs."""
    for line in seen.lines:
        if FAULTS.search(line.message) and not WANTED.search(line.message):
            yield f"run {line.run}: {line.message[-2000:]}"


def nothing_is_held(world: World) -> Iterator[str]:
    """No lease, no slot, nothing that waits for a server, no output that waits for a runner."""
    leases, slots = leases_and_slots(world.db)
    if leases or slots:
        yield f"{leases} leases and {slots} slots are held"
    for folder in ("spool", "output"):
        left = [file.name for file in (world.home / folder).glob("*") if file.suffix in (".json", ".refused", ".out")]
        if left:
            yield f"in {folder} there is left: {', '.join(left)}"


def results_are_whole(world: World, seen: Evidence) -> Iterator[str]:
    """Every result can be read, and those that states name are there."""
    storage = world.home / "storage"
    for task in seen.tasks:
        if task.key is not None and not (storage / task.key).is_file():
            yield f"the result {task.key} of task run {task.id} is not there"
    for file in storage.rglob("*"):
        if file.is_file() and not file.name.startswith(".") and not _is_whole(file):
            yield f"the result {file.name} cannot be read"


def new_results_are_whole(world: World) -> Iterator[str]:
    """Neither is one torn on the way, which a run that is run again would make anew."""
    for file in (world.home / "storage").rglob("[!.]*"):
        age = time.time() - file.stat().st_mtime
        if AT_REST_AFTER < age < AT_REST_AFTER + LOOKS_BACK and not _is_whole(file):
            yield f"the result {file.name} cannot be read {age:.0f} s after it was written"


def _is_whole(file: Path) -> bool:
    try:
        return {"metadata", "result"} <= set(orjson.loads(file.read_bytes()))
    except ValueError:
        return False


def the_secret_is_kept(world: World, seen: Evidence, secret: str) -> Iterator[str]:
    """A secret stands in no log and no file in clear."""
    for line in seen.lines:
        if secret in line.message:
            yield f"the secret is in a line of {line.logger}: {line.message!r}"
    files = [*world.folder.glob("*.said"), *world.home.rglob("*")]
    for file in files:
        if file.is_file() and secret.encode() in file.read_bytes():
            yield f"the secret is in {file}"


def programs_stay_small(actors: list[Actor]) -> Iterator[str]:
    """Servers and workers need no more memory and files than they should."""
    for actor in actors:
        process = psutil.Process(actor.process.pid)
        memory, files = process.memory_info().rss, process.num_fds()
        if memory > MOST_BYTES or files > MOST_FILES:
            yield f"{actor.name} has {memory >> 20} MB and {files} files"


def violations_in(world: World, seen: Evidence, secret: str) -> list[Violation]:
    """What does not hold of what was left behind."""
    found = {
        "I7": [*nothing_is_held(world)],
        "I11": [*answers_are_no_faults(world), *nobody_complains(world), *runs_complain_of_nothing(seen)],
        "I12": [*faults_of_the_file(world.db), *results_are_whole(world, seen)],
        "I14": [*the_secret_is_kept(world, seen, secret)],
    }
    return [Violation(name, told) for name, tolds in found.items() for told in tolds]
