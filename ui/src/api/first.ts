/** For each of some records the first of their runs, in few requests. */

import type { FlowRun } from '../domain/runs'
import { post } from './ask'
import { flowRun, type Wire } from './convert'

const AT_ONCE = 50

/**
 * The first run of each flow or deployment in an order, of those that a filter lets through.
 *
 * One request asks for the runs of all. Those to which others with many runs left no room are then asked for one by one.
 */
export async function firstOfEach(
  noun: 'flow' | 'deployment',
  ids: readonly string[],
  runs: Record<string, unknown>,
  sort: string,
  signal?: AbortSignal,
): Promise<Map<string, FlowRun>> {
  const ask = async (of: readonly string[], limit: number): Promise<FlowRun[]> => {
    const body = { [`${noun}s`]: { id: { any_: of } }, flow_runs: runs, sort, limit }
    return (await post<Wire['FlowRunResponse'][]>('/flow_runs/filter', body, signal)).map(flowRun)
  }
  const together = ids.length ? await ask(ids, AT_ONCE) : []
  const seen = new Set(together.map((run) => ownerOf(noun, run)))
  const missing = together.length < AT_ONCE ? [] : ids.filter((id) => !seen.has(id))
  const alone = await Promise.all(missing.map((id) => ask([id], 1)))
  return firsts(noun, [...together, ...alone.flat()])
}

const ownerOf = (noun: 'flow' | 'deployment', run: FlowRun): string => (noun === 'flow' ? run.flowId : (run.deploymentId ?? ''))

function firsts(noun: 'flow' | 'deployment', runs: readonly FlowRun[]): Map<string, FlowRun> {
  return new Map(runs.toReversed().map((run) => [ownerOf(noun, run), run]))
}
