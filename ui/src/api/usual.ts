/** How long runs usually take. It changes slowly, so each answer is good for a while. */

import type { Usual } from '../domain/usual'
import { get, post } from './ask'
import type { Wire } from './convert'

const GOOD_FOR_MS = 30_000
const MOST_AT_ONCE = 200

const known = new Map<string, { at: number; usual: Usual | null }>()

/** What is usual for each flow of which enough is known. */
export async function usualOfFlows(ids: readonly string[], signal?: AbortSignal): Promise<Map<string, Usual>> {
  const now = Date.now()
  const missing = ids.filter((id) => now - (known.get(id)?.at ?? -Infinity) > GOOD_FOR_MS).slice(0, MOST_AT_ONCE)
  if (missing.length) {
    const told = await post<Record<string, Wire['UsualDuration'] | null>>('/ui/flows/usual-durations', { flow_ids: missing }, signal)
    for (const id of missing) known.set(id, { at: now, usual: told[id] ?? null })
  }
  return new Map(ids.flatMap((id) => (known.get(id)?.usual ? [[id, known.get(id)?.usual as Usual] as const] : [])))
}

/** What is usual for runs of a run's task. */
export const usualOfTask = (taskRunId: string, signal?: AbortSignal) => get<Wire['UsualDuration'] | null>(`/ui/task_runs/${taskRunId}/usual-duration`, signal)
