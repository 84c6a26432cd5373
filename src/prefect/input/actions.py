"""Reading and writing the inputs of flow runs, by their keys; their values are whatever JSON knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from pydantic import BaseModel

from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext
from prefect.exceptions import ObjectNotFound
from prefect.utilities.asyncutils import dispatched, in_thread


def the_flow_run(flow_run_id: UUID | None) -> UUID:
    """That flow run, or the one in which this is called. Raises `RuntimeError` where there is none."""
    if flow_run_id is not None:
        return flow_run_id
    context = FlowRunContext.get()
    if context is None:
        raise RuntimeError("Must either provide a flow run ID or be within a flow run.")
    return context.flow_run.id


@dispatched
def create_flow_run_input(key: str, value: Any, flow_run_id: UUID | None = None, sender: str | None = None) -> None:
    """Give a run an input. Raises `ObjectAlreadyExists` where the key is taken."""
    with get_client(sync_client=True) as client:
        client.create_flow_run_input(the_flow_run(flow_run_id), key, orjson.dumps(value).decode(), sender)


@dispatched
def create_flow_run_input_from_model(
    key: str, model_instance: BaseModel, flow_run_id: UUID | None = None, sender: str | None = None
) -> None:
    """Give a run the fields of a model as an input."""
    create_flow_run_input(key, model_instance.model_dump(mode="json"), flow_run_id, sender or _this_run())


@dispatched
def read_flow_run_input(key: str, flow_run_id: UUID | None = None) -> Any:
    """The value of an input; None where nothing was given under the key."""
    with get_client(sync_client=True) as client:
        try:
            return orjson.loads(client.read_flow_run_input(the_flow_run(flow_run_id), key))
        except ObjectNotFound:
            return None


@dispatched
def filter_flow_run_input(
    key_prefix: str, limit: int = 1, exclude_keys: Sequence[str] | None = None, flow_run_id: UUID | None = None
) -> list[Any]:
    """The inputs whose keys begin so, the oldest first."""
    with get_client(sync_client=True) as client:
        return client.filter_flow_run_input(the_flow_run(flow_run_id), key_prefix, limit, set(exclude_keys or ()))


@dispatched
def delete_flow_run_input(key: str, flow_run_id: UUID | None = None) -> None:
    """Remove an input. Raises `ObjectNotFound`."""
    with get_client(sync_client=True) as client:
        client.delete_flow_run_input(the_flow_run(flow_run_id), key)


def _this_run() -> str | None:
    context = FlowRunContext.get()
    return None if context is None else f"prefect.flow-run.{context.flow_run.id}"


async def acreate_flow_run_input_from_model(
    key: str, model_instance: BaseModel, flow_run_id: UUID | None = None, sender: str | None = None
) -> None:
    await in_thread(create_flow_run_input_from_model, key, model_instance, flow_run_id, sender)


async def acreate_flow_run_input(*args: Any, **kwargs: Any) -> None:
    await in_thread(create_flow_run_input, *args, **kwargs)


async def aread_flow_run_input(key: str, flow_run_id: UUID | None = None) -> Any:
    return await in_thread(read_flow_run_input, key, flow_run_id)


async def afilter_flow_run_input(*args: Any, **kwargs: Any) -> list[Any]:
    return await in_thread(filter_flow_run_input, *args, **kwargs)


async def adelete_flow_run_input(key: str, flow_run_id: UUID | None = None) -> None:
    await in_thread(delete_flow_run_input, key, flow_run_id)
