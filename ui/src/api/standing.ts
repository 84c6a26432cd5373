/** What the pages ask of the last runs of flows and deployments. */

import type { Standing } from '../domain/standing'
import type { StateType } from '../domain/states'
import { post } from './ask'
import { moment, type Wire } from './convert'

/** How the last runs of each flow or deployment went. */
export async function standings(noun: 'flow' | 'deployment', ids: readonly string[], signal?: AbortSignal): Promise<Map<string, Standing>> {
  if (!ids.length) return new Map()
  const told = await post<Record<string, Wire['Standing']>>(`/ui/${noun}s/standing`, { [`${noun}_ids`]: ids }, signal)
  return new Map(Object.entries(told).map(([id, wire]) => [id, standing(wire)]))
}

function standing({ runs, ended, completed, lateness }: Wire['Standing']): Standing {
  const latest = runs.map((run) => ({
    id: run.id,
    name: run.name,
    stateType: run.state_type as StateType,
    stateName: run.state_name,
    at: moment(run.start_time ?? run.expected_start_time),
    seconds: run.seconds,
  }))
  return { runs: latest, ended, completed, lateness }
}
