"""Reading another installation of version 3 by its REST API, as records of our tables. Nothing is changed there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from prefect._api.dispatching import Request
from prefect._domain.states import FINAL, StateType
from prefect._store.table_records import Record, Table, columns_of
from prefect._store.upstream import details_without_its_run, known_policy
from prefect.client.operations import content_of, get, post
from prefect.client.transports import Transport

PIECE = 200
"""How many records are asked for at once: no server gives more."""
SAID: Mapping[str, Mapping[str, Any]] = {
    "block_document": {"include_secrets": True},
    "flow_run": {
        "flow_runs": {"state": {"type": {"any_": sorted(type.value for type in FINAL)}}},
        "sort": "START_TIME_ASC",
    },
}
LISTED: Mapping[str, str] = {
    "flow": "/flows/filter",
    "block_type": "/block_types/filter",
    "block_schema": "/block_schemas/filter",
    "block_document": "/block_documents/filter",
    "variable": "/variables/filter",
    "saved_search": "/saved_searches/filter",
    "concurrency_limit_v2": "/v2/concurrency_limits/filter",
    "work_pool": "/work_pools/filter",
    "work_queue": "/work_queues/filter",
    "deployment": "/deployments/filter",
    "automation": "/automations/filter",
    "flow_run": "/flow_runs/filter",
}
"""Where what a table holds is asked for; the rest is asked for by what it belongs to."""
OF_A_RUN: Mapping[str, str] = {"task_run": "/task_runs/filter", "log": "/logs/filter", "artifact": "/artifacts/filter"}
RENAMED: Mapping[str, Mapping[str, str]] = {"concurrency_limit_v2": {"slots": "limit"}}


class UpstreamServer:
    """Another server, as records of our tables. It opens its blocks itself, so no key is needed."""

    keys: Sequence[str] = ()

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def records(self, table: Table) -> Iterator[Record]:
        """What it has in a table."""
        match table.name:
            case "block_document":
                return (_document(one) for one in self._documents)
            case "block_document_reference":
                return (_record(table, one) for document in self._documents for one in _references(document))
            case "block_schema":
                return (_record(table, one) for one in self._schemas)
            case "block_schema_reference":
                return (_record(table, one) for one in self._parts_of_schemas())
            case "deployment":
                return (_record(table, _deployment(one)) for one in self._deployments)
            case "deployment_schedule":
                return (_record(table, one) for deployment in self._deployments for one in deployment["schedules"])
            case "flow_run_state" | "task_run_state":
                return self._states(table)
            case "artifact_collection":
                return (_record(table, one) for one in self._all("/artifacts/latest/filter"))
        if table.name in OF_A_RUN:
            return self._of_runs(table)
        if table.name not in LISTED:
            return iter(())
        return (_record(table, one) for one in self._all(LISTED[table.name], **SAID.get(table.name, {})))

    def unfinished(self) -> dict[str, int]:
        """How many flow runs have not ended, by the types of their states."""
        types = [type.value for type in StateType if type not in FINAL]
        counted = {type: int(self._ask(post("/flow_runs/count", _in_state(type)))) for type in types}
        return {type: many for type, many in counted.items() if many}

    @cached_property
    def _documents(self) -> list[Record]:
        return list(self._all(LISTED["block_document"], **SAID["block_document"]))

    @cached_property
    def _schemas(self) -> list[Record]:
        return list(self._all(LISTED["block_schema"]))

    def _parts_of_schemas(self) -> Iterator[Record]:
        """Which schemas hold documents of which others, as their fields tell it."""
        by_checksum = {schema["checksum"]: schema["id"] for schema in self._schemas}
        for schema in self._schemas:
            for name, told in (schema["fields"].get("block_schema_references") or {}).items():
                for reference in told if isinstance(told, list) else [told]:
                    other = by_checksum.get(reference.get("block_schema_checksum"))
                    if other is not None:
                        yield _part(schema, name, other, "block_schema_id")

    @cached_property
    def _deployments(self) -> list[Record]:
        return list(self._all(LISTED["deployment"]))

    def _of_runs(self, table: Table) -> Iterator[Record]:
        """What the runs have that have ended, run by run."""
        for run in self._all(LISTED["flow_run"], **SAID["flow_run"]):
            for one in self._all(OF_A_RUN[table.name], **_of(table, run["id"])):
                yield _record(table, one)

    def _states(self, table: Table) -> Iterator[Record]:
        kind = table.name.removesuffix("_state")
        runs = self._all(LISTED["flow_run"], **SAID["flow_run"])
        if kind == "task_run":
            runs = (one for run in runs for one in self._all(OF_A_RUN[kind], **_of(table, run["id"])))
        for run in runs:
            for state in self._ask(get(f"/{table.name}s/", **{f"{kind}_id": run["id"]})):
                yield _record(table, {**state, f"{kind}_id": run["id"]})

    def _all(self, path: str, **body: Any) -> Iterator[Record]:
        offset = 0
        while True:
            piece = self._ask(post(path, {**body, "limit": PIECE, "offset": offset}))
            yield from piece
            offset += len(piece)
            if len(piece) < PIECE:
                return

    def _ask(self, request: Request) -> Any:
        return content_of(request, self._transport.send(request))

    def close(self) -> None:
        self._transport.close()


def _in_state(type: str) -> dict[str, Any]:
    return {"flow_runs": {"state": {"type": {"any_": [type]}}}}


def _of(table: Table, flow_run_id: str) -> dict[str, Any]:
    """The filter for what belongs to a run."""
    if table.name == "log":
        return {"logs": {"flow_run_id": {"any_": [flow_run_id]}}, "sort": "TIMESTAMP_ASC"}
    if table.name == "artifact":
        return {"artifacts": {"flow_run_id": {"any_": [flow_run_id]}}, "sort": "ID_DESC"}
    return {"flow_runs": {"id": {"any_": [flow_run_id]}}, "sort": "ID_DESC"}


def _record(table: Table, told: Mapping[str, Any]) -> Record:
    """An answer as a record of ours."""
    renamed = RENAMED.get(table.name, {})
    record = {name: told.get(renamed.get(name, name)) for name in columns_of(table)}
    if table.name in ("flow_run", "task_run"):
        record["empirical_policy"] = known_policy(table, told.get("empirical_policy"))
        for name in ("timestamp", "message", "data"):
            record[f"state_{name}"] = (told.get("state") or {}).get(name)
        record["state_details"] = (told.get("state") or {}).get("state_details")
    if "state_details" in record:
        record["state_details"] = details_without_its_run(record["state_details"])
    return record


def _deployment(told: Mapping[str, Any]) -> Record:
    limit = told.get("global_concurrency_limit") or {}
    return {**told, "concurrency_limit_id": limit.get("id"), "status": "NOT_READY"}


def _document(told: Mapping[str, Any]) -> Record:
    """A document without what it shows of others: these are documents of their own."""
    others = told.get("block_document_references") or {}
    data = {name: value for name, value in told["data"].items() if name not in others}
    return {**told, "data": data}


def _references(document: Mapping[str, Any]) -> Iterator[Record]:
    for name, other in (document.get("block_document_references") or {}).items():
        yield _part(document, name, other["block_document"]["id"], "block_document_id")


def _part(whole: Mapping[str, Any], name: str, other: str, column: str) -> Record:
    """That a field of something holds something else; its id follows from both."""
    return {
        "id": str(uuid5(NAMESPACE_URL, f"{whole['id']}/{name}/{other}")),
        "created": whole["created"],
        "updated": whole["updated"],
        "name": name,
        f"parent_{column}": whole["id"],
        f"reference_{column}": other,
    }
