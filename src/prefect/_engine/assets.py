"""What task runs make, of what, and telling of it.

A run that makes assets tells of them when it has ended: first of each asset that it used, then that its own were made,
or that it failed. A run passes on the assets that it made, or else those that it used. Runs without assets around them
do none of this.
"""

from __future__ import annotations

import importlib
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

from prefect._clock import new_id, now
from prefect._domain.assets import FAILED, MADE, ROLE_OF_MAKER, ROLE_OF_SOURCE, USED
from prefect._domain.events import ID, NAME, ROLE, Event
from prefect._domain.states import State
from prefect._domain.task_runs import TaskRun
from prefect._domain.texts import mended, mended_within
from prefect._engine.telling import around_here, tell
from prefect._store.values import json_text
from prefect.context import AssetContext, FlowRunContext

if TYPE_CHECKING:
    from prefect._engine.code import TaskCode
    from prefect._wire.assets import Asset

NOT_MADE = ("Cached", "Skipped")
"""The names of completed states in which nothing was made."""
LARGEST = 1_000_000
"""Bytes of what is told of an asset."""


def as_assets(given: Iterable[str | Asset] | None) -> list[Asset]:
    """Assets, of which some are given by their keys."""
    if not given:
        return []
    kind = importlib.import_module("prefect._wire.assets").Asset  # pydantic is loaded where a task has assets
    return [kind(key=one) if isinstance(one, str) else one for one in given]


def making(task: TaskCode, run: TaskRun, flow: FlowRunContext | None) -> AssetContext:
    """What a run makes and uses; noted in its flow run for those that are given its result."""
    given = [one["id"] for name, sources in run.task_inputs.items() if name != "__parents__" for one in sources]
    return making_of(task, run.id, given, flow)


def making_of(task: TaskCode, task_run_id: UUID, given: Iterable[str], flow: FlowRunContext | None) -> AssetContext:
    """As `making`, for a run that perhaps another process carries out; `given` are the runs whose results it gets."""
    used = set(task.asset_deps)
    if flow is not None:
        used.update(*(flow.lineage.get(source, ()) for source in given))
    context = AssetContext(
        direct_asset_dependencies=set(task.asset_deps),
        downstream_assets=set(task.assets),
        upstream_assets=used,
        materialized_by=task.materialized_by,
        task_run_id=task_run_id,
    )
    passed_on = frozenset(context.downstream_assets or used)
    if flow is not None and passed_on:
        flow.lineage[str(task_run_id)] = passed_on
    return context


def tell_of_assets(context: AssetContext, state: State) -> None:
    """Tell how a run ended that makes assets; nothing where it made none."""
    event = _event_of(state)
    if event is None or not context.downstream_assets:
        return
    here, used = around_here(), _in_order(context.upstream_assets)
    for asset in used:
        _tell(USED, asset, here, {})
    sources = [{ID: asset.key, ROLE: ROLE_OF_SOURCE} for asset in used]
    maker = [{ID: context.materialized_by, ROLE: ROLE_OF_MAKER}] if context.materialized_by else []
    for asset in _in_order(context.downstream_assets):
        _tell(event, asset, [*sources, *maker, *here], context.materialization_metadata.get(asset.key, {}))


def _event_of(state: State) -> str | None:
    if state.is_completed():
        return None if state.name in NOT_MADE else MADE
    return FAILED if state.is_failed() or state.is_crashed() else None


def _in_order(assets: Iterable[Asset]) -> list[Asset]:
    return sorted(assets, key=lambda asset: asset.key)


def _tell(event: str, asset: Asset, related: Sequence[Mapping[str, str]], metadata: Mapping[str, Any]) -> None:
    moment = now()
    tell(Event(new_id(), moment, event, _resource(asset), tuple(related), _payload(asset, metadata), received=moment))


def _resource(asset: Asset) -> dict[str, str]:
    """An asset with its properties as labels."""
    properties = asset.properties
    if properties is None:
        return {ID: asset.key}
    labels = {
        ID: asset.key,
        NAME: properties.name,
        "prefect.asset.description": properties.description,
        "prefect.asset.url": properties.url,
        "prefect.asset.owners": json.dumps(properties.owners) if properties.owners is not None else None,
    }
    return {label: mended(value) for label, value in labels.items() if value is not None}


def _payload(asset: Asset, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What JSON keeps of what was told of an asset."""
    text = json_text(mended_within(dict(metadata)))
    if len(text) > LARGEST:
        logging.getLogger("prefect.events").error(
            "What was told of the asset %s is not recorded: it has %s bytes.", asset.key, len(text)
        )
        return {}
    payload: dict[str, Any] = orjson.loads(text)
    return payload
