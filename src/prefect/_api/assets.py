"""`/assets`: what the events tell of assets, as the pages ask for it."""

from __future__ import annotations

from prefect._api.routing import Here, Routes
from prefect._orchestration import assets
from prefect._wire import asset_pages as wire

routes = Routes("/assets")


@routes.post("/filter")
def read_assets(here: Here, body: wire.ReadAssets) -> list[wire.AssetAtAGlance]:
    """Assets, those first of which something happened last."""
    found = assets.list_assets(here.db, body.search, limit=here.limit(body.limit), offset=body.offset)
    return [wire.AssetAtAGlance.of(asset) for asset in found]


@routes.post("/count")
def count_assets(here: Here, body: wire.CountAssets) -> int:
    return assets.count(here.db, body.search)


@routes.get("/asset")
def read_asset(here: Here, key: wire.Search) -> wire.AssetInWhole:
    return wire.AssetInWhole.knowing(assets.read(here.db, key))


@routes.get("/lineage")
def read_lineage(here: Here, key: wire.Search) -> wire.Lineage:
    """The assets around one, through all that was made of each."""
    return wire.Lineage.of(assets.lineage(here.db, key))


@routes.post("/materializations/filter")
def read_materializations(here: Here, body: wire.ReadMaterializations) -> list[wire.Materialization]:
    """The times that an asset was made, or was to be made, the latest first."""
    found = assets.materializations(here.db, body.key, limit=here.limit(body.limit), offset=body.offset)
    return [wire.Materialization.telling(one) for one in found]
