/** What the pages ask of flows. */

import type { Flow } from '../domain/flows'
import type { Standing } from '../domain/standing'
import { get, post, remove } from './ask'
import { flow, moment, type Wire } from './convert'
import type { Filters } from './runs'
import { standings } from './standing'

export interface ListedFlow extends Flow {
  standing: Standing | undefined
  next: { id: string; at: number | null } | undefined
  deployments: number
}

/** Flows with their last and next runs and the number of their deployments. */
export async function listFlows(filters: Filters, signal?: AbortSignal): Promise<ListedFlow[]> {
  const found = (await post<Wire['Flow'][]>('/flows/filter', filters, signal)).map(flow)
  const flow_ids = found.map((one) => one.id)
  const [standing, next, counts] = await Promise.all([
    standings('flow', flow_ids, signal),
    post<Record<string, Wire['SimpleNextFlowRun'] | null>>('/ui/flows/next-runs', { flow_ids }, signal),
    post<Record<string, number>>('/ui/flows/count-deployments', { flow_ids }, signal),
  ])
  return found.map((one) => ({ ...one, standing: standing.get(one.id), next: nextOf(next[one.id]), deployments: counts[one.id] ?? 0 }))
}

function nextOf(wire: Wire['SimpleNextFlowRun'] | null | undefined): ListedFlow['next'] {
  return wire ? { id: wire.id, at: moment(wire.next_scheduled_start_time) } : undefined
}

export const countFlows = (filters: Filters, signal?: AbortSignal) => post<number>('/flows/count', filters, signal)
export const readFlow = async (id: string, signal?: AbortSignal): Promise<Flow> => flow(await get<Wire['Flow']>(`/flows/${id}`, signal))
export const deleteFlow = (id: string) => remove(`/flows/${id}`)
