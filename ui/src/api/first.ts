/** For each of some records the first of their runs, in few requests. */

import type { FlowRun } from '../domain/runs'
import { post } from './ask'
import { flowRun, type Wire } from './convert'

const AT_ONCE = 200

/**
 * The first run of each flow or deployment in an order, of those that a filter lets through.
 *
 * One request asks for the runs of all. Where a record with many runs leaves no room for others, these are asked for again.
 */
export async function firstOfEach(
  noun: 'flow' | 'deployment',
  ids: readonly string[],
  runs: Record<string, unknown>,
  sort: string,
  signal?: AbortSignal,
): Promise<Map<string, FlowRun>> {
  const found = new Map<string, FlowRun>()
  let missing = [...ids]
  while (missing.length) {
    const body = { [`${noun}s`]: { id: { any_: missing } }, flow_runs: runs, sort, limit: AT_ONCE }
    const wires = await post<Wire['FlowRunResponse'][]>('/flow_runs/filter', body, signal)
    for (const run of wires.map(flowRun)) {
      const id = noun === 'flow' ? run.flowId : (run.deploymentId ?? '')
      if (!found.has(id)) found.set(id, run)
    }
    missing = wires.length < AT_ONCE ? [] : missing.filter((id) => !found.has(id))
  }
  return found
}
