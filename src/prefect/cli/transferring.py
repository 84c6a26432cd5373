"""What `prefect transfer` does: everything of one place is made at another, in the order in which it is needed.

An object is found there by its name, and then left as it is. Ids are new at the other place; wherever an object speaks
of another one by its id (a deployment of its flow, an automation of a deployment), the new one stands in its copy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from prefect._api.dispatching import Request
from prefect._domain.blocks import replaced
from prefect._domain.concurrency import DEPLOYMENT
from prefect._wire.automations import AutomationCreate
from prefect._wire.blocks import BlockDocumentCreate, BlockSchemaCreate, BlockTypeCreate
from prefect._wire.concurrency import ConcurrencyLimitV2Create
from prefect._wire.deployments import DeploymentCreate
from prefect._wire.flows import FlowCreate
from prefect._wire.schedules import DeploymentScheduleCreate
from prefect._wire.variables import VariableCreate
from prefect._wire.work_pools import WorkPoolCreate, WorkQueueCreate
from prefect.cli.running import in_one_line
from prefect.client.operations import content_of, get, post, quoted
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound, PrefectException
from prefect.settings import Settings
from prefect.settings.current import in_force

Found = dict[str, Any]
PIECE = 100
"""How many objects are asked for at once."""
AN_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Place:
    """A server, or the local database of some settings."""

    def __init__(self, client: SyncPrefectClient, settings: Settings) -> None:
        self._client = client
        self._settings = settings

    def ask(self, request: Request) -> Any:
        """The answer to a request. Raises as clients do."""
        with in_force(self._settings):
            return content_of(request, self._client.send(request))

    def found(self, request: Request) -> Found | None:
        """The answer to a request, or None where there is nothing of that name."""
        try:
            answer: Found | None = self.ask(request)
        except ObjectNotFound:
            return None
        return answer

    def all(self, path: str, **body: Any) -> Iterator[Found]:
        """Everything that a filter route finds."""
        offset = 0
        while True:
            piece = self.ask(post(path, {**body, "limit": PIECE, "offset": offset}))
            yield from piece
            offset += len(piece)
            if len(piece) < PIECE:
                return


class Noun(NamedTuple):
    """How objects of a kind are listed, found at the other place, and made there, unless they come with another."""

    name: str
    listed: str
    model: Any
    there: Callable[[Found], Request]
    made: Callable[[Found, Found], Request]
    said: Mapping[str, Any] = {}
    called: Callable[[Found], str] = lambda one: str(one["name"])
    comes_with_another: Callable[[Found], bool] = lambda one: False


NOUNS: tuple[Noun, ...] = (
    Noun(
        "block type",
        "/block_types/filter",
        BlockTypeCreate,
        there=lambda one: get(f"/block_types/slug/{quoted(one['slug'])}"),
        made=lambda one, body: post("/block_types/", body),
    ),
    Noun(
        "block schema",
        "/block_schemas/filter",
        BlockSchemaCreate,
        there=lambda one: get(f"/block_schemas/checksum/{quoted(one['checksum'])}", version=one["version"]),
        made=lambda one, body: post("/block_schemas/", body),
        called=lambda one: f"{one['block_type']['slug']} {one['checksum'][:15]}",
    ),
    Noun(
        "block",
        "/block_documents/filter",
        BlockDocumentCreate,
        there=lambda one: get(
            f"/block_types/slug/{quoted(one['block_type']['slug'])}/block_documents/name/{quoted(str(one['name']))}"
        ),
        made=lambda one, body: post("/block_documents/", body),
        said={"include_secrets": True},
        called=lambda one: f"{one['block_type']['slug']}/{one['name'] or one['id']}",
    ),
    Noun(
        "variable",
        "/variables/filter",
        VariableCreate,
        there=lambda one: get(f"/variables/name/{quoted(one['name'])}"),
        made=lambda one, body: post("/variables/", body),
    ),
    Noun(
        "concurrency limit",
        "/v2/concurrency_limits/filter",
        ConcurrencyLimitV2Create,
        there=lambda one: get(f"/v2/concurrency_limits/{quoted(one['name'])}"),
        made=lambda one, body: post("/v2/concurrency_limits/", {**body, "active_slots": 0}),
        comes_with_another=lambda one: str(one["name"]).startswith(DEPLOYMENT),
    ),
    Noun(
        "work pool",
        "/work_pools/filter",
        WorkPoolCreate,
        there=lambda one: get(f"/work_pools/{quoted(one['name'])}"),
        made=lambda one, body: post("/work_pools/", body),
    ),
    Noun(
        "work queue",
        "/work_queues/filter",
        WorkQueueCreate,
        there=lambda one: get(f"/work_pools/{quoted(one['work_pool_name'])}/queues/{quoted(one['name'])}"),
        made=lambda one, body: post(f"/work_pools/{quoted(one['work_pool_name'])}/queues", body),
        called=lambda one: f"{one['work_pool_name']}/{one['name']}",
    ),
    Noun(
        "flow",
        "/flows/filter",
        FlowCreate,
        there=lambda one: get(f"/flows/name/{quoted(one['name'])}"),
        made=lambda one, body: post("/flows/", body),
    ),
    Noun(
        "deployment",
        "/deployments/filter",
        DeploymentCreate,
        there=lambda one: get(f"/deployments/name/{quoted(one['flow_name'])}/{quoted(one['name'])}"),
        made=lambda one, body: post("/deployments/", body),
        called=lambda one: f"{one['flow_name']}/{one['name']}",
    ),
    Noun(
        "automation",
        "/automations/filter",
        AutomationCreate,
        there=lambda one: post("/automations/filter", {"automations": {"name": {"any_": [one["name"]]}}, "limit": 1}),
        made=lambda one, body: post("/automations/", body),
    ),
)
"""What is transferred: first what others need."""
NEEDED = ("block_type_id", "block_schema_id", "flow_id")
"""Fields by which an object names another one without which it cannot be."""


@dataclass
class Outcome:
    """What became of everything: names of what was made, and why the others were not."""

    transferred: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


class Transfer:
    """The way of everything from a place to another one."""

    def __init__(self, source: Place, target: Place) -> None:
        self._source = source
        self._target = target
        self._new_ids: dict[str, str] = {}
        self._flow_names: dict[str, str] = {}
        self.outcome = Outcome()

    def carry_out(self) -> Outcome:
        """Make what is not there yet."""
        for place in (self._source, self._target):
            place.ask(post("/block_types/install_system_block_types"))
        for noun in NOUNS:
            for one in list(self._source.all(noun.listed, **noun.said)):
                if one["id"] not in self._new_ids and not noun.comes_with_another(one):
                    self._take(noun, one)
        return self.outcome

    def _take(self, noun: Noun, one: Found) -> None:
        """Have one object at the other place."""
        if noun.name == "flow":
            self._flow_names[one["id"]] = one["name"]
        if noun.name == "deployment":
            one["flow_name"] = self._flow_names.get(one["flow_id"], "")
        label = f"{noun.name} {noun.called(one)}"
        try:
            there = self._there(noun, one)
            if there is not None:
                self._new_ids[one["id"]] = there["id"]
                self.outcome.skipped[label] = "It is there already."
                return
            body = self._body(noun, one)
            lacking = next((name for name in NEEDED if name in body and body[name] not in self._made_ids()), None)
            if lacking is not None:
                self.outcome.skipped[label] = f"What it needs ({lacking.removesuffix('_id')}) could not be made."
                return
            self._new_ids[one["id"]] = self._target.ask(noun.made(one, body))["id"]
        except (PrefectException, ValueError) as error:
            self.outcome.failed[label] = in_one_line(error)
            return
        self.outcome.transferred.append(label)

    def _made_ids(self) -> set[str]:
        return set(self._new_ids.values())

    def _there(self, noun: Noun, one: Found) -> Found | None:
        """The object of that name at the other place."""
        if one.get("is_anonymous"):
            return None
        found: Any = self._target.found(noun.there(one))
        return (found[0] if found else None) if isinstance(found, list) else found

    def _body(self, noun: Noun, one: Found) -> Found:
        """What the object is made of, with the new ids."""
        if noun.name == "block":
            one = {**one, "data": self._with_references(one)}
        body = {name: one[name] for name in noun.model.model_fields if one.get(name) is not None}
        if noun.name == "deployment":
            fields = DeploymentScheduleCreate.model_fields
            body["schedules"] = [{name: each[name] for name in fields if name in each} for each in one["schedules"]]
        renewed: Found = json.loads(AN_ID.sub(lambda id: self._new_ids.get(id[0], id[0]), json.dumps(body)))
        return renewed

    def _with_references(self, document: Found) -> Any:
        """A document's data with a reference in the place of each document that it holds; those are taken first."""
        references = document["block_document_references"]
        noun = next(noun for noun in NOUNS if noun.name == "block")
        for told in references.values():
            other = told["block_document"]["id"]
            if other not in self._new_ids:
                self._take(noun, self._source.ask(get(f"/block_documents/{other}", include_secrets=True)))
        ids = {path: told["block_document"]["id"] for path, told in references.items()}
        return replaced(document["data"], {path: {"$ref": {"block_document_id": id}} for path, id in ids.items()})
