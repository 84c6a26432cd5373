"""Carrying out what automations do, outside of any transaction of theirs.

An act may be carried out more than once, where whoever began it died before it could say so. So what it makes has an id
that follows from it: a run is made once, a state is entered once. What cannot be done raises `NotDone`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeAlias
from uuid import UUID, uuid5

from typing_extensions import assert_never

from prefect._domain.actions import (
    Action,
    CallWebhook,
    CancelFlowRun,
    ChangeFlowRunState,
    DeleteFlowRun,
    DoNothing,
    PauseAutomation,
    PauseDeployment,
    PauseWorkPool,
    PauseWorkQueue,
    ResumeAutomation,
    ResumeDeployment,
    ResumeFlowRun,
    ResumeWorkPool,
    ResumeWorkQueue,
    RunDeployment,
    SendNotification,
    SuspendFlowRun,
)
from prefect._domain.automations.acts import MOST_TRIES, Act, Fired
from prefect._domain.automations.telling import ended
from prefect._domain.blocks import BlockDocument
from prefect._domain.events import Resource, related, resource
from prefect._domain.flow_runs import CreatedBy
from prefect._domain.hydration import Sources, hydrated
from prefect._domain.states import State, StateDetails, StateType
from prefect._domain.transitions.verdicts import Abort, Reject, Wait
from prefect._orchestration import (
    automations,
    block_documents,
    deployments,
    flow_runs,
    resuming,
    work_pools,
    work_queues,
)
from prefect._orchestration.events import tell
from prefect._orchestration.sealing import Keys
from prefect._orchestration.template_context import Context, inferred
from prefect._orchestration.templates import render
from prefect._store import firings as store
from prefect._store.database import Database
from prefect._store.variables import read_variable
from prefect._store.work_pools import read_work_pool_by_id
from prefect.exceptions import ObjectNotFound, PrefectException

Touched: TypeAlias = tuple[Resource, ...]
SUSPENSION = timedelta(hours=1)
"""How long a run that an automation suspends waits to be resumed."""


class NotDone(PrefectException):
    """An action could not be carried out; its text says why."""


class Sender(Protocol):
    """What sends messages by blocks; raises `PrefectException` where one is not sent."""

    def send_notification(self, document: BlockDocument, subject: str, body: str) -> None: ...
    def call_webhook(self, document: BlockDocument, payload: Any) -> None: ...


@dataclass(frozen=True, kw_only=True)
class World:
    """What acting needs: the database, the clock, names for runs, keys for blocks, a sender, and the UI's address."""

    db: Database
    clock: Callable[[], datetime]
    new_id: Callable[[], UUID]
    new_name: Callable[[], str]
    keys: Callable[[], Keys]
    sender: Sender
    ui: str | None = None


@dataclass(frozen=True, kw_only=True)
class Case:
    """One act, and what it needs to know."""

    world: World
    fired: Fired
    act: Act

    @property
    def db(self) -> Database:
        return self.world.db

    @property
    def now(self) -> datetime:
        return self.world.clock()

    def target(self, kind: str, chosen: UUID | None = None) -> UUID:
        """What an action acts on: what was chosen, or what the event is about. Raises `NotDone`."""
        found = chosen or inferred(self.fired.firing, kind)
        if found is None:
            raise NotDone(f"No {kind.replace('-', ' ')} could be inferred from the event.")
        return found

    def rendered(self, template: str) -> str:
        """The text that a template makes here. Raises `NotDone`."""
        try:
            return render(template, Context(self.db, self.fired), _ui=self.world.ui)
        except ValueError as error:
            raise NotDone(f"A template cannot be rendered: {error}") from error


def carry_out(world: World, fired: Fired, act: Act) -> str | None:
    """Carry an act out and record what became of it; why it could not be done, or None."""
    reason: str | None = None
    touched: Touched = ()
    try:
        if act.tries > MOST_TRIES:
            raise NotDone(f"It was begun {MOST_TRIES} times, and whoever carried it out died before the end.")
        touched = do(act.action, Case(world=world, fired=fired, act=act))
    except (PrefectException, ValueError) as error:
        reason = str(error) or type(error).__name__
    now = world.clock()
    with world.db.write() as conn:
        if store.end(conn, act, "executed" if reason is None else "failed", reason, now=now):
            tell(conn, ended(fired, act, reason, touched, now=now))
    return reason


def do(action: Action, case: Case) -> Touched:
    """Do what an action says; what it touched. Raises `PrefectException` or `ValueError` where it cannot be done."""
    match action:
        case DoNothing():
            return ()
        case RunDeployment():
            return _run_deployment(case, action)
        case PauseDeployment() | ResumeDeployment():
            return _pause_deployment(case, action.deployment_id, isinstance(action, PauseDeployment))
        case CancelFlowRun():
            return _enter(case, StateType.CANCELLING)
        case SuspendFlowRun():
            return _suspend(case)
        case ResumeFlowRun():
            return _resume(case)
        case ChangeFlowRunState():
            return _enter(case, action.state, action.name, action.message, forced=action.force)
        case DeleteFlowRun():
            return _delete(case)
        case PauseWorkPool() | ResumeWorkPool():
            return _pause_pool(case, action.work_pool_id, isinstance(action, PauseWorkPool))
        case PauseWorkQueue() | ResumeWorkQueue():
            return _pause_queue(case, action.work_queue_id, isinstance(action, PauseWorkQueue))
        case PauseAutomation() | ResumeAutomation():
            return _turn(case, action.automation_id, isinstance(action, ResumeAutomation))
        case SendNotification():
            return _send(case, action)
        case CallWebhook():
            return _call(case, action)
    assert_never(action)


# -- deployments


def _run_deployment(case: Case, action: RunDeployment) -> Touched:
    deployment_id = case.target("deployment", action.deployment_id)
    now, automation = case.now, case.fired.automation
    wanted = deployments.WantedRun(
        id=case.act.key,
        name=case.world.new_name(),
        parameters=_made(case, action.parameters or {}),
        job_variables=action.job_variables or {},
        scheduled_time=now + action.schedule_after,
        idempotency_key=f"automation {automation.id}, action {case.act.place}, invocation {case.act.key}",
        created_by=CreatedBy(automation.id, "AUTOMATION", automation.name),
    )
    state_id = uuid5(case.act.key, "scheduled")
    run = deployments.create_run(case.db, deployment_id, wanted, now=now, state_id=state_id)
    return _target("deployment", deployment_id), related("flow-run", run.id, run.name)


def _made(case: Case, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters with everything made that says how it is, templates with what they see here."""
    made: dict[str, Any] = hydrated(dict(parameters), Sources(case.rendered, lambda name: _variable(case, name)))
    return made


def _variable(case: Case, name: str) -> Any:
    with case.db.read() as conn:
        found = read_variable(conn, name)
    if found is None:
        raise NotDone(f"There is no variable {name!r}.")
    return found.value


def _pause_deployment(case: Case, chosen: UUID | None, paused: bool) -> Touched:
    deployment_id = case.target("deployment", chosen)
    deployments.set_paused(case.db, deployment_id, paused, now=case.now)
    return (_target("deployment", deployment_id),)


# -- flow runs


def _suspend(case: Case) -> Touched:
    until = case.now + SUSPENSION
    details = StateDetails(pause_reschedule=True, pause_key=str(case.act.key), pause_timeout=until)
    return _enter(case, StateType.PAUSED, "Suspended", details=details)


def _enter(
    case: Case,
    type: StateType,
    name: str | None = None,
    message: str | None = None,
    *,
    details: StateDetails | None = None,
    forced: bool = False,
) -> Touched:
    run_id = case.target("flow-run")
    state = State(
        type,
        name or "",
        id=case.act.key,
        timestamp=case.now,
        message=message or f"By the automation {case.fired.automation.name!r}.",
        state_details=details or StateDetails(scheduled_time=case.now if type is StateType.SCHEDULED else None),
    )
    spare_id = uuid5(case.act.key, "spare")
    answer = flow_runs.set_state(case.db, run_id, state, now=case.now, spare_id=spare_id, forced=forced)
    _require_done(answer)
    return (_target("flow-run", run_id),)


def _require_done(answer: flow_runs.Answer) -> None:
    verdict = answer.verdict
    if isinstance(verdict, (Abort, Wait)) or (isinstance(verdict, Reject) and verdict.state is None):
        raise NotDone(f"The run stays {answer.state.name}: {verdict.reason}")


def _resume(case: Case) -> Touched:
    run_id = case.target("flow-run")
    ids = iter([uuid5(case.act.key, "resumed"), uuid5(case.act.key, "spare")])
    _require_done(resuming.resume(case.db, run_id, None, now=case.now, new_id=lambda: next(ids)))
    return (_target("flow-run", run_id),)


def _delete(case: Case) -> Touched:
    run_id = case.target("flow-run")
    if not flow_runs.delete(case.db, run_id) and case.act.tries == 1:
        raise ObjectNotFound(help_message=f"There is no flow run {run_id}.")
    return (_target("flow-run", run_id),)


# -- pools, queues, automations


def _pause_pool(case: Case, chosen: UUID | None, paused: bool) -> Touched:
    pool_id = case.target("work-pool", chosen)
    with case.db.read() as conn:
        pool = read_work_pool_by_id(conn, pool_id)
    if pool is None:
        raise ObjectNotFound(help_message=f"There is no work pool {pool_id}.")
    work_pools.update(case.db, pool.name, {"is_paused": paused}, now=case.now)
    return (_target("work-pool", pool_id, pool.name),)


def _pause_queue(case: Case, chosen: UUID | None, paused: bool) -> Touched:
    queue_id = case.target("work-queue", chosen)
    work_queues.update(case.db, queue_id, {"is_paused": paused}, now=case.now)
    return (_target("work-queue", queue_id),)


def _turn(case: Case, chosen: UUID | None, enabled: bool) -> Touched:
    automation_id = case.target("automation", chosen)
    automations.set_enabled(case.db, automation_id, enabled, now=case.now, new_id=case.world.new_id)
    return (_target("automation", automation_id),)


# -- messages


def _send(case: Case, action: SendNotification) -> Touched:
    document = _document(case, action.block_document_id)
    subject, body = case.rendered(action.subject), case.rendered(action.body)
    case.world.sender.send_notification(document, subject, body)
    return (_target("block-document", document.id, document.name),)


def _call(case: Case, action: CallWebhook) -> Touched:
    document = _document(case, action.block_document_id)
    case.world.sender.call_webhook(document, _payload(case.rendered(action.payload)))
    return (_target("block-document", document.id, document.name),)


def _document(case: Case, document_id: UUID) -> BlockDocument:
    return block_documents.read(case.db, document_id, keys=case.world.keys(), include_secrets=True)


def _target(kind: str, id: UUID, name: str | None = None) -> dict[str, str]:
    return {**resource(kind, id, name), "prefect.resource.role": "target"}


def _payload(text: str) -> Any:
    """What a webhook is called with: JSON where the text is JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return text or None
