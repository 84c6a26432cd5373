/** How long runs usually take. It changes slowly, so each answer is good for a while. */

import type { Usual } from '../domain/usual'
import { get, post } from './ask'
import type { Wire } from './convert'

const GOOD_FOR_MS = 30_000
const MOST_AT_ONCE = 200

interface Known {
  at: number
  usual: Usual | null
}

/** What was answered, by the ids of flows and task runs. */
const known = new Map<string, Known>()
const isOld = (id: string, now: number) => now - (known.get(id)?.at ?? -Infinity) > GOOD_FOR_MS

/** What is usual for each flow of which enough is known. */
export async function usualOfFlows(ids: readonly string[], signal?: AbortSignal): Promise<Map<string, Usual>> {
  const now = Date.now()
  const missing = ids.filter((id) => isOld(id, now)).slice(0, MOST_AT_ONCE)
  if (missing.length) {
    const told = await post<Record<string, Wire['UsualDuration'] | null>>('/ui/flows/usual-durations', { flow_ids: missing }, signal)
    for (const id of missing) known.set(id, { at: now, usual: told[id] ?? null })
  }
  return new Map(
    ids.flatMap((id) => {
      const usual = usualKnown(id)
      return usual ? [[id, usual] as const] : []
    }),
  )
}

/** What is usual for runs of a run's task. */
export async function usualOfTask(taskRunId: string, signal?: AbortSignal): Promise<Usual | null> {
  const now = Date.now()
  if (isOld(taskRunId, now)) known.set(taskRunId, { at: now, usual: await get<Wire['UsualDuration'] | null>(`/ui/task_runs/${taskRunId}/usual-duration`, signal) })
  return usualKnown(taskRunId)
}

const usualKnown = (id: string): Usual | null => known.get(id)?.usual ?? null
