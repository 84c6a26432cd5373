"""Door: assets, the data that tasks make.

@materialize("s3://lake/orders.parquet")
def orders(): ...
"""

from prefect.assets.core import Asset, AssetProperties, add_asset_metadata
from prefect.assets.materialize import materialize

__all__ = ["Asset", "AssetProperties", "add_asset_metadata", "materialize"]
