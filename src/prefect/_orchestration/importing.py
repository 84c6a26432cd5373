"""Taking everything of another installation over, or of a folder to which it was exported.

Ids are kept, so an import that is done again, or that was broken off, goes on: what is there already stays as it is.
What is there under another id (a flow of that name) stands for what was to come. What is sealed there is sealed anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Any, Protocol
from uuid import UUID

import orjson

from prefect._domain.actions import read_action
from prefect._domain.automations import related_resources
from prefect._domain.job_templates import template_for
from prefect._domain.triggers import read_trigger
from prefect._orchestration.duties.automations import begin
from prefect._orchestration.sealing import Keys, seal, unseal
from prefect._store import automations
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect._store.table_records import (
    PIECE,
    TABLES,
    Record,
    Table,
    id_of_key,
    ids_there,
    insert_records,
    read_records,
)
from prefect._store.values import moment
from prefect._store.watching import announce
from prefect.exceptions import ConfigurationError

NewId = Callable[[], UUID]
AN_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
BY_NAME = {table.name: table for table in TABLES}
NAMED_BY_OTHERS = frozenset(other for table in TABLES for other in table.refers.values())
"""The tables to whose records others refer."""


class Source(Protocol):
    """Where records come from; `keys` unseal the blocks that are sealed there."""

    @property
    def keys(self) -> Keys: ...
    def records(self, table: Table) -> Iterator[Record]: ...


@dataclass
class Taken:
    """What became of the records of a table: how many are new, were there, and why others were left."""

    new: int = 0
    known: int = 0
    left: dict[str, int] = field(default_factory=dict)

    def leave(self, why: str) -> None:
        self.left[why] = self.left.get(why, 0) + 1


@dataclass(frozen=True)
class Wishes:
    """How things are taken over: with the `history` of runs, deployments `paused`, or only looked at (`writes`)."""

    history: bool = False
    paused: bool = False
    writes: bool = True


class Left(Exception):
    """Says why a record is left."""


@dataclass
class Import:
    """The way of everything from a source into a database."""

    db: Database
    source: Source
    keys: Keys
    wishes: Wishes
    now: datetime
    new_id: NewId
    told: Callable[[str, int], None] = lambda noun, done: None
    taken: dict[str, Taken] = field(default_factory=dict)
    _ours: dict[str, dict[str, str]] = field(default_factory=dict)
    """For each table the ids of ours that stand for others of the source."""
    _coming: dict[str, set[str]] = field(default_factory=dict)
    """For each table the ids that would be there, were this more than a look."""

    def carry_out(self) -> dict[str, Taken]:
        """Take over what is not there yet; what became of each kind of thing."""
        schemas = self._schemas_in_use()
        for table in TABLES:
            if table.history and not self.wishes.history:
                continue
            records = self.source.records(table)
            if table.name in schemas:
                records = (record for record in records if record["id"] in schemas[table.name])
            self._take_all(table, records)
        return self.taken

    def _schemas_in_use(self) -> dict[str, set[str]]:
        """The types and schemas that blocks have; those of packages without a block come with their packages."""
        used = {str(one["block_schema_id"]) for one in self.source.records(BY_NAME["block_document"])}
        references = list(self.source.records(BY_NAME["block_schema_reference"]))
        while (
            more := {
                str(one["reference_block_schema_id"]) for one in references if one["parent_block_schema_id"] in used
            }
            - used
        ):
            used |= more
        held = [one for one in self.source.records(BY_NAME["block_schema"]) if one["id"] in used]
        return {
            "block_schema": used,
            "block_type": {str(one["block_type_id"]) for one in held},
            "block_schema_reference": {str(one["id"]) for one in references if one["parent_block_schema_id"] in used},
        }

    def _take_all(self, table: Table, records: Iterator[Record]) -> None:
        taken = self.taken.setdefault(table.noun, Taken())
        done = 0
        while piece := list(islice(records, PIECE)):
            if self.wishes.writes:
                with self.db.write() as conn:
                    self._take(conn, table, piece, taken)
                    announce(conn)
            else:
                with self.db.read() as conn:
                    self._take(conn, table, piece, taken)
            done += len(piece)
            self.told(table.noun, done)

    def _take(self, conn: Connection, table: Table, piece: Sequence[Record], taken: Taken) -> None:
        known = ids_there(conn, table, [record["id"] for record in piece])
        missing = self._missing(conn, table, piece)
        new: list[Record] = []
        for record in piece:
            if record["id"] in known or self._belongs_to_what_was_there(table, record):
                taken.known += 1
                continue
            mapped = self._mapped(table, record)
            stands_for_it = id_of_key(conn, table, mapped)
            if stands_for_it is not None:
                self._ours.setdefault(table.name, {})[record["id"]] = stands_for_it
                taken.known += 1
            elif any(mapped.get(name) in missing[name] for name in table.needs):
                taken.leave("what they need is not there")
            else:
                try:
                    new.append(self._prepared(conn, table, mapped))
                except Left as why:
                    taken.leave(str(why))
        taken.new += len(new)
        if not self.wishes.writes and table.name in NAMED_BY_OTHERS:
            self._coming.setdefault(table.name, set()).update(record["id"] for record in new)
        if self.wishes.writes:
            insert_records(conn, table, new, now=str(moment(self.now)))
            self._begin(conn, table, new)

    def _belongs_to_what_was_there(self, table: Table, record: Record) -> bool:
        """Whether a record is a part of one for which another of ours stands, with parts of its own."""
        if table.part_of is None:
            return False
        return record.get(table.part_of) in self._ours.get(table.refers[table.part_of], {})

    def _mapped(self, table: Table, record: Record) -> Record:
        """A record that names others by the ids that they have here."""
        return {
            **record,
            **{
                name: self._ours.get(other, {}).get(str(record.get(name)), record.get(name))
                for name, other in table.refers.items()
            },
        }

    def _missing(self, conn: Connection, table: Table, piece: Sequence[Record]) -> dict[str, set[str]]:
        """For each column that names another record those names under which nothing is there."""
        found = {}
        for name, other in table.refers.items():
            named = {str(value) for one in piece if (value := self._mapped(table, one).get(name)) is not None}
            there = ids_there(conn, BY_NAME[other], sorted(named))
            coming = set() if self.wishes.writes else self._coming.get(other, set())
            found[name] = named - there - coming
        return found

    def _prepared(self, conn: Connection, table: Table, record: Record) -> Record:
        """A record as it is written here. Raises `Left` for one that cannot be."""
        match table.name:
            case "block_document":
                return {**record, "data": self._sealed_anew(record)}
            case "work_pool":
                return {**record, "base_job_template": record["base_job_template"] or template_for(record["type"])}
            case "deployment":
                queue = record["work_queue_id"]
                is_there = queue is None or queue in self._coming.get("work_queue", ()) or self._has_queue(conn, queue)
                paused = True if self.wishes.paused else record["paused"]
                return {**record, "paused": paused, "work_queue_id": queue if is_there else None}
            case "automation":
                return self._readable(record)
        return record

    def _has_queue(self, conn: Connection, id: str) -> bool:
        return bool(ids_there(conn, BY_NAME["work_queue"], [id]))

    def _sealed_anew(self, record: Record) -> str:
        data = record["data"]
        if isinstance(data, str):
            try:
                data = unseal(data, self.source.keys)
            except ConfigurationError:
                raise Left("nobody has the key with which they are encrypted (--encryption-key)") from None
        references = {
            name: {"$ref": {"block_document_id": id}} for name, id in self._references.get(record["id"], {}).items()
        }
        return seal(self._renewed({**data, **references}), self.keys)

    @cached_property
    def _references(self) -> dict[str, dict[str, str]]:
        """For each document the others that its fields hold, where the source keeps them apart."""
        found: dict[str, dict[str, str]] = {}
        for one in self.source.records(BY_NAME["block_document_reference"]):
            if "." not in one["name"]:
                found.setdefault(one["parent_block_document_id"], {})[one["name"]] = one["reference_block_document_id"]
        return found

    def _readable(self, record: Record) -> Record:
        renewed: Record = self._renewed(record)
        try:
            read_trigger(renewed["trigger"])
            for name in ("actions", "actions_on_trigger", "actions_on_resolve"):
                for action in renewed[name] or ():
                    read_action(action)
        except (KeyError, TypeError, ValueError):
            raise Left("they have triggers or actions that are not known here") from None
        return renewed

    def _renewed(self, value: Any) -> Any:
        """A value in which ids of the source that stand for others here are those."""
        ids = {old: new for known in self._ours.values() for old, new in known.items()}
        if not ids:
            return value
        return orjson.loads(AN_ID.sub(lambda id: ids.get(id[0], id[0]), orjson.dumps(value).decode()))

    def _begin(self, conn: Connection, table: Table, new: Sequence[Record]) -> None:
        """Have automations listen from now on."""
        for record in new if table.name == "automation" else ():
            automation = automations.read_automation(conn, UUID(record["id"]))
            assert automation is not None
            resources = related_resources(automation)
            automations.relate(conn, automation.id, resources, None, now=self.now, new_id=self.new_id)
            begin(conn, automation, now=self.now)


def exported(db: Database, table: Table, *, opened_with: Keys | None = None) -> Iterator[Record]:
    """The records of a table for files; blocks stay sealed, unless they are opened with keys."""
    with db.read() as conn:
        for record in read_records(conn, table):
            if table.name == "block_document" and opened_with is not None:
                record["data"] = unseal(record["data"], opened_with)
            yield record


def counts(taken: Mapping[str, Taken]) -> tuple[int, int, int]:
    """How many are new, were there, and were left, in all."""
    return (
        sum(one.new for one in taken.values()),
        sum(one.known for one in taken.values()),
        sum(sum(one.left.values()) for one in taken.values()),
    )
