"""What users do meanwhile: they deploy flows, have them run, cancel runs, and have crashed ones run again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import uuid4

from tests.torture.evidence import crashed_runs, open_runs
from tests.torture.invariants import NAMED_LIMIT
from tests.torture.mutants import NAMED
from tests.torture.world import HERE, World

MOST_OPEN = 8
"""How many runs may be open at once, so that all end soon after the last fault."""
SCHEDULE = {"schedule": {"interval": 1}, "slug": "each-second"}


class Offer(NamedTuple):
    """A deployment, how often its runs are wanted, and what they are given."""

    flow: str
    pool: str
    often: int
    parameters: Mapping[str, Any] = MappingProxyType({})
    fields: Mapping[str, Any] = MappingProxyType({})

    @property
    def name(self) -> str:
        return f"{self.flow} of {self.pool}"


LONG = {"count": 12, "seconds": 0.25}
HELD = {"seconds": 1.5}
"""So long that there are often more who want a slot than it has."""
OFFERS = (
    Offer("steps", "http", 4, LONG),
    Offer("steps", "local", 3, LONG),
    Offer("retries", "http", 1),
    Offer("subflow", "http", 2),
    Offer("lines", "http", 2),
    Offer("fork", "local", 1),
    Offer("stubborn", "http", 1),
    Offer("limited", "http", 2, fields={"concurrency_limit": 1}),
    Offer("holding", "http", 3, HELD),
    Offer("holding", "local", 3, HELD),
    Offer("secretive", "local", 1),
    Offer("tick", "http", 0, fields={"schedules": [SCHEDULE]}),
)


class Workload:
    """The deeds of users, drawn by chance; `deeds` says which ones and how often."""

    def __init__(
        self, world: World, offers: tuple[Offer, ...] = OFFERS, deeds: Mapping[Deed, int] | None = None
    ) -> None:
        self._world = world
        self._deeds = deeds or DEEDS
        self._client = world.client
        self._offers = offers
        self.deployments: dict[str, str] = {}

    def prepare(self, secret: str) -> None:
        """Make the pools and the deployments, and save a secret."""
        for pool in ("http", "local"):
            self._client.ask("POST", "/work_pools/", {"name": pool, "type": "process"})  # its worker may be earlier
            self._must("GET", f"/work_pools/{pool}")
        self._must("POST", "/v2/concurrency_limits/", {"name": NAMED, "limit": NAMED_LIMIT})
        for offer in self._offers:
            self.deploy(offer)
        self._listen()
        self._save(secret)

    def _listen(self) -> None:
        """Have an automation fire for each run that completes."""
        trigger = {"type": "event", "posture": "Reactive", "expect": ["prefect.flow-run.Completed"]}
        body = {"name": "completed", "trigger": trigger, "actions": [{"type": "do-nothing"}]}
        self._must("POST", "/automations/", body)

    def deploy(self, offer: Offer) -> None:
        """Record a deployment, or record it again."""
        flow = self._client.ask("POST", "/flows/", {"name": offer.flow})
        if flow is None:
            return
        body = {
            "name": offer.name,
            "flow_id": flow["id"],
            "entrypoint": f"flows.py:{offer.flow}",
            "path": str(HERE / "user"),
            "work_pool_name": offer.pool,
            "parameters": dict(offer.parameters),
            **offer.fields,
        }
        made = self._client.ask("POST", "/deployments/", body, what="deployed", name=offer.name)
        if made is not None:
            self.deployments[offer.name] = made["id"]

    def step(self, rng: Random) -> None:
        """Do something that users do."""
        (deed,) = rng.choices(list(self._deeds), list(self._deeds.values()))
        deed(self, rng)

    def run(self, rng: Random) -> None:
        if len(open_runs(self._world.db)) >= MOST_OPEN:
            return
        (offer,) = rng.choices(self._offers, [offer.often for offer in self._offers])
        self.create_run(self.deployments[offer.name])

    def create_run(self, deployment_id: str, **parameters: Any) -> str | None:
        """Have a deployment run; the run's id, where that was acknowledged."""
        body = {"idempotency_key": str(uuid4()), "parameters": parameters}
        made = self._client.ask("POST", f"/deployments/{deployment_id}/create_flow_run", body, what="created")
        return made["id"] if made is not None else None

    def script(self, rng: Random) -> None:
        if sum(script.is_alive() for script in self._world.scripts) < 2:
            self._world.start_script(is_embedded=rng.random() < 0.5)

    def cancel(self, rng: Random) -> None:
        open = open_runs(self._world.db)
        if open:
            self._set(rng.choice(open), "cancelled", {"type": "CANCELLING", "name": "Cancelling"})

    def run_again(self, rng: Random) -> None:
        """Have runs run again that crashed."""
        for run in crashed_runs(self._world.db)[:2]:
            self._set(run, "run again", {"type": "SCHEDULED", "name": "AwaitingRetry"})

    def deploy_again(self, rng: Random) -> None:
        self.deploy(rng.choice(self._offers))

    def plan_ahead(self, rng: Random) -> None:
        """Have runs of schedules planned beside those that the server plans."""
        for offer in self._offers:
            if "schedules" in offer.fields:
                path = f"/deployments/{self.deployments[offer.name]}/schedule"
                self._client.ask("POST", path, {"min_runs": 5, "max_runs": 5}, what="planned")

    @property
    def probed(self) -> list[str]:
        """A deployment of `steps` in each pool, to see whether runs complete."""
        return [self.deployments[offer.name] for offer in self._offers if offer.flow == "steps"]

    def stop_schedules(self) -> None:
        """Have nothing planned any more."""
        for offer in self._offers:
            if "schedules" in offer.fields:
                path = f"/deployments/{self.deployments[offer.name]}/schedules"
                for schedule in self._must("GET", path):
                    self._must("PATCH", f"{path}/{schedule['id']}", {"active": False})

    def _set(self, run: str, what: str, state: dict[str, Any]) -> None:
        self._client.ask("POST", f"/flow_runs/{run}/set_state", {"state": state}, what=what, run=run)

    def _save(self, secret: str) -> None:
        slug = self._must("GET", "/block_types/slug/secret")
        schemas = {"block_schemas": {"block_type_id": {"any_": [slug["id"]]}}}
        schema = self._must("POST", "/block_schemas/filter", schemas)[0]
        body = {"name": "torture", "data": {"value": secret}, "block_type_id": slug["id"]}
        self._must("POST", "/block_documents/", {**body, "block_schema_id": schema["id"]})

    def _must(self, method: str, path: str, body: Any = None) -> Any:
        told = self._client.ask(method, path, body)
        assert told is not None or method == "PATCH", f"{method} {path} was not answered"
        return told


Deed = Callable[[Workload, Random], None]
DEEDS: dict[Deed, int] = {
    Workload.run: 8,
    Workload.script: 2,
    Workload.cancel: 1,
    Workload.run_again: 4,
    Workload.deploy_again: 1,
    Workload.plan_ahead: 1,
}
