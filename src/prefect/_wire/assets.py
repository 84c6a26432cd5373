"""Assets as programs write them: `prefect.assets` has these classes."""

from __future__ import annotations

import importlib
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from prefect._domain.assets import checked_key

LONGEST_DESCRIPTION = 2_500


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class AssetProperties(Frozen):
    """What people want to know of an asset."""

    name: str | None = None
    url: str | None = None
    description: Annotated[str | None, Field(max_length=LONGEST_DESCRIPTION)] = None
    owners: list[str] | None = None

    def __hash__(self) -> int:
        return hash((self.name, self.url, self.description, tuple(self.owners or ())))


class Asset(Frozen):
    """Data that tasks make: `Asset(key="s3://lake/orders.parquet")`."""

    key: Annotated[str, AfterValidator(checked_key)]
    properties: AssetProperties | None = Field(default=None, repr=False)

    def __hash__(self) -> int:
        return hash(self.key)

    def add_metadata(self, metadata: dict[str, Any]) -> None:
        """Tell more of the asset, in the task that makes it; see `add_asset_metadata`."""
        # what knows of the run that is going on stands above the shapes of JSON
        importlib.import_module("prefect.assets.core").add_asset_metadata(self, metadata)
