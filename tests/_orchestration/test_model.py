"""Whatever workers, processes, people and duties do to runs in any order: the database agrees with a small model.

The model knows of each run its state, its epoch and who holds its lease until when. Every proposal is made twice, as by
somebody whose answer was lost.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid4

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from prefect._domain.leases import Lease
from prefect._domain.states import State, StateDetails, StateType
from prefect._domain.transitions.verdicts import Abort, Reject, Verdict
from prefect._orchestration import flow_runs, work_pools
from prefect._orchestration.duties.leases import MOST_CLAIMS, Ended, end_abandoned_runs, end_of_process
from prefect._store import leases
from prefect._store.database import open_database
from tests._orchestration.deployed import NOON, a_deployment, a_run

TTL = timedelta(seconds=10)
ENDS = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
AT_WORK = ("PENDING", "RUNNING", "CANCELLING")


@dataclass
class Known:
    """A run as it must be."""

    type: str = "SCHEDULED"
    epoch: int = 0
    holder: str | None = None
    expires: datetime = NOON
    claims: int = 0
    ends: list[str] = field(default_factory=list)

    def enter(self, type: str) -> None:
        self.type = type
        if type not in AT_WORK:
            self.holder = None
        if type not in ("SCHEDULED", "PENDING"):
            self.claims = 0


class Tenure(NamedTuple):
    """A process that was started for a run under the claim of a worker, and the epoch that it knows."""

    run: UUID
    worker: str
    holder: str
    epoch: int


class Runs(RuleBasedStateMachine):
    """Runs of one deployment, which two workers claim."""

    tenures: Bundle[Tenure] = Bundle("tenures")

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._url = f"sqlite:///{Path(self._folder.name) / 'model.db'}"
        self.db = open_database(self._url)
        self.deployment = a_deployment(self.db).id
        self.now = NOON
        self.known: dict[UUID, Known] = {}

    def teardown(self) -> None:
        self.db.close()
        self._folder.cleanup()

    # -- what happens ---------------------------------------------------------------------------------------------

    @rule()
    def somebody_wants_a_run(self) -> None:
        if len(self.known) < 4:
            self.known[a_run(self.db, self.deployment, at=self.now).id] = Known()

    @rule(seconds=st.sampled_from([1, 4, 11]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def the_program_starts_anew(self) -> None:
        self.db.close()
        self.db = open_database(self._url)

    @rule(target=tenures, worker=st.sampled_from(["one", "two"]))
    def a_worker_claims(self, worker: str) -> Tenure:
        lease = Lease(worker, TTL)
        known = [(id, run.epoch) for id, run in self.known.items() if run.holder == worker]
        claims = work_pools.claim_from_pool(self.db, "p", lease, limit=1, known=known, now=self.now, new_id=uuid4)
        if not claims:
            assert not [run for run in self.known.values() if run.type == "SCHEDULED"]
            return Tenure(uuid4(), worker, "nobody", 0)
        run = self.known[claims[0].run.id]
        assert run.type == "SCHEDULED"
        run.enter("PENDING")
        run.epoch, run.holder, run.expires, run.claims = run.epoch + 1, worker, self.now + TTL, run.claims + 1
        assert claims[0].epoch == run.epoch
        return Tenure(claims[0].run.id, worker, f"here:1:{uuid4()}", run.epoch)

    @rule(target=tenures, tenure=consumes(tenures))
    def a_process_begins(self, tenure: Tenure) -> Tenure:
        run = self.known.get(tenure.run)
        if run is None:
            return tenure
        verdict = self._proposed(tenure, "RUNNING")
        if run.epoch != tenure.epoch or run.type == "CANCELLED":
            assert isinstance(verdict, (Abort, Reject))
        if self._stored(tenure.run).type.value == "RUNNING" and run.epoch == tenure.epoch:
            run.enter("RUNNING")
            run.epoch, run.holder, run.expires = run.epoch + 1, tenure.holder, self.now + TTL
            return tenure._replace(epoch=run.epoch)
        return tenure

    @rule(tenure=tenures, type=st.sampled_from(["COMPLETED", "FAILED", "CRASHED"]))
    def a_process_ends_its_run(self, tenure: Tenure, type: str) -> None:
        run = self.known.get(tenure.run)
        if run is None:
            return
        before, verdict = run.type, self._proposed(tenure, type)
        after = self._stored(tenure.run).type.value
        if run.epoch != tenure.epoch:
            assert isinstance(verdict, Abort)
            assert after == before
        elif before == "RUNNING":
            assert after == type
        if after != before:
            assert before not in ("CANCELLED", "COMPLETED")
            run.enter(after)

    @rule(tenure=tenures)
    def a_process_says_that_it_lives(self, tenure: Tenure) -> None:
        run = self.known.get(tenure.run)
        lease = Lease(tenure.holder, TTL)
        wanted = flow_runs.renew_leases(self.db, lease, {tenure.run: tenure.epoch}, now=self.now)
        if run is None:
            assert not wanted
            return
        mine = run.epoch == tenure.epoch or run.holder == tenure.holder
        assert wanted == (mine and run.type not in ("CANCELLING", "CANCELLED"))
        if run.holder == tenure.holder:
            run.expires = self.now + TTL
        elif run.holder is None and run.type == "CRASHED" and run.epoch == tenure.epoch:
            run.holder, run.expires = tenure.holder, self.now + TTL

    @rule(tenure=tenures)
    def a_worker_sees_its_process_end(self, tenure: Tenure) -> None:
        run = self.known.get(tenure.run)
        if run is None:
            return
        process = Ended(tenure.worker, tenure.epoch, "here:1:")
        became = end_of_process(self.db, tenure.run, process, "It ended.", now=self.now, new_id=uuid4)
        others = run.holder is not None and not process.held(leases.HeldLease(run.holder, run.epoch), is_begun=True)
        after = self._stored(tenure.run).type.value
        if others:
            assert became is None
            assert after == run.type
            return
        run.holder = None
        if run.type in AT_WORK:
            assert after == ("CANCELLED" if run.type == "CANCELLING" else "CRASHED")
            run.enter(after)
        assert after == run.type

    @rule(data=st.data())
    def somebody_cancels(self, data: st.DataObject) -> None:
        id, run = self._drawn(data)
        if id is None or run is None or run.type in ENDS:
            return
        flow_runs.set_state(self.db, id, self._state("CANCELLING"), now=self.now, spare_id=uuid4())
        run.enter("CANCELLED" if run.type == "SCHEDULED" else "CANCELLING")

    @rule(data=st.data())
    def somebody_wants_it_again(self, data: st.DataObject) -> None:
        id, run = self._drawn(data)
        if id is None or run is None or run.type != "CRASHED":
            return
        flow_runs.set_state(self.db, id, self._state("SCHEDULED"), now=self.now, spare_id=uuid4())
        run.enter("SCHEDULED")

    @rule()
    def the_abandoned_are_ended(self) -> None:
        ended = set(end_abandoned_runs(self.db, now=self.now, new_id=uuid4))
        expired = {id for id, run in self.known.items() if run.holder is not None and run.expires < self.now}
        assert ended == expired
        for run in (self.known[id] for id in expired):
            run.holder = None
            if run.type == "CANCELLING":
                run.enter("CANCELLED")
            elif run.type == "PENDING" and run.claims < MOST_CLAIMS:
                run.enter("SCHEDULED")
            elif run.type in AT_WORK:
                run.enter("CRASHED")

    # -- what must be ---------------------------------------------------------------------------------------------

    @invariant()
    def the_database_agrees(self) -> None:
        for id, run in self.known.items():
            with self.db.read() as conn:
                lease, epoch = leases.read_lease(conn, id), leases.epoch_of(conn, id)
            assert self._stored(id).type.value == run.type
            assert epoch == run.epoch
            assert (lease.holder if lease is not None else None) == run.holder

    def _proposed(self, tenure: Tenure, type: str) -> Verdict:
        """What becomes of a process's proposal, made twice."""
        state, spare = self._state(type), uuid4()
        lease = Lease(tenure.holder, TTL) if type == "RUNNING" else None
        verdicts = [
            flow_runs.set_state(
                self.db, tenure.run, again, now=self.now, spare_id=spare, lease=lease, epoch=tenure.epoch
            ).verdict
            for again in (state, self._state(type, state.id))
        ]
        assert isinstance(verdicts[0], Abort) or not isinstance(verdicts[1], Abort)
        return verdicts[0]

    def _state(self, type: str, id: UUID | None = None) -> State:
        details = StateDetails(scheduled_time=self.now if type == "SCHEDULED" else None)
        return State(StateType(type), type.capitalize(), id=id or uuid4(), timestamp=self.now, state_details=details)

    def _stored(self, id: UUID) -> State:
        run = flow_runs.read(self.db, id)
        assert run is not None
        assert run.state is not None
        return run.state

    def _drawn(self, data: st.DataObject) -> tuple[UUID | None, Known | None]:
        if not self.known:
            return None, None
        id = list(self.known)[data.draw(st.integers(0, len(self.known) - 1))]
        return id, self.known[id]


TestRuns = Runs.TestCase
TestRuns.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
