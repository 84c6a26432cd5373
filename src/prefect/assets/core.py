"""Assets, and telling more of them in the task that makes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prefect._wire.assets import LONGEST_DESCRIPTION as MAX_ASSET_DESCRIPTION_LENGTH
from prefect._wire.assets import Asset, AssetProperties
from prefect.context import AssetContext


def add_asset_metadata(asset: str | Asset, metadata: Mapping[str, Any]) -> None:
    """Tell something of an asset that the task that runs here makes, such as how many rows it has.

    It is recorded with the event that the asset was made; what is told later adds to what was told. Raises
    `RuntimeError` outside of tasks, `ValueError` for an asset that this task does not make.
    """
    making = AssetContext.get()
    if making is None:
        raise RuntimeError("add_asset_metadata works inside of tasks that make assets: those with @materialize.")
    making.add_asset_metadata(asset.key if isinstance(asset, Asset) else asset, metadata)


__all__ = ["MAX_ASSET_DESCRIPTION_LENGTH", "Asset", "AssetProperties", "add_asset_metadata"]
