"""`@materialize`: a task that makes assets."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from typing_extensions import Unpack

from prefect._wire.assets import Asset
from prefect.tasks import MaterializingTask, TaskOptions
from prefect.utilities.options import declares

P = ParamSpec("P")
R = TypeVar("R")


@declares(TaskOptions)
def materialize(
    *assets: str | Asset, by: str | None = None, **task_kwargs: Unpack[TaskOptions]
) -> Callable[[Callable[P, R]], MaterializingTask[P, R]]:
    """Make a task of a function that makes these assets; `by` names the tool that does it, such as dbt.

    That they were made, or that it failed, is told in events, with the assets that they were made of: those that the
    tasks made whose results are given to this one, and `asset_deps`. Raises `TypeError` without an asset.
    """
    if not assets:
        raise TypeError("materialize needs an asset: @materialize('s3://lake/orders.parquet').")
    if not all(isinstance(asset, (str, Asset)) for asset in assets):
        raise TypeError(f"materialize takes assets and their keys; {assets!r} has something else.")

    def made(fn: Callable[P, R]) -> MaterializingTask[P, R]:
        return MaterializingTask(fn, assets=assets, materialized_by=by, **task_kwargs)

    return made


__all__ = ["materialize"]
