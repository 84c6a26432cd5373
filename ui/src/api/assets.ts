/** What the pages ask of assets. */

import type { Asset, AssetAtAGlance, Materialization } from '../domain/assets'
import { get, post } from './ask'
import { asset, assetAtAGlance, materialization, type Wire } from './convert'
import type { Filters } from './runs'

export const listAssets = async (asked: Filters, signal?: AbortSignal): Promise<AssetAtAGlance[]> =>
  (await post<Wire['AssetAtAGlance'][]>('/assets/filter', asked, signal)).map(assetAtAGlance)

export const countAssets = (search: string, signal?: AbortSignal) => post<number>('/assets/count', { search }, signal)

export const readAsset = async (key: string, signal?: AbortSignal): Promise<Asset> =>
  asset(await get<Wire['AssetInWhole']>(`/assets/asset?key=${encodeURIComponent(key)}`, signal))

export const listMaterializations = async (asked: Filters, signal?: AbortSignal): Promise<Materialization[]> =>
  (await post<Wire['Materialization'][]>('/assets/materializations/filter', asked, signal)).map(materialization)

export async function readLineage(key: string, signal?: AbortSignal): Promise<{ assets: AssetAtAGlance[]; edges: [string, string][] }> {
  const wire = await get<Wire['Lineage']>(`/assets/lineage?key=${encodeURIComponent(key)}`, signal)
  return { assets: wire.assets.map(assetAtAGlance), edges: wire.edges as [string, string][] }
}
