/** Failures that have one cause: the same flow or deployment, and the same words but for numbers and ids. */

import type { NamedRun } from '../api/runs'
import { reasonOf } from './states'

/** Runs that failed for one cause, in the order in which they began: how many, the first and the last. */
export interface Cause {
  key: string
  owner: string
  reason: string
  count: number
  first: NamedRun
  last: NamedRun
}

/** What tells one run from another and says nothing of the cause: ids, addresses in memory, numbers. */
const PECULIAR = /\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\b0x[0-9a-f]+\b|\d+/gi

/** The causes of failures, those of the latest first. */
export function causesOf(runs: readonly NamedRun[]): Cause[] {
  const causes = new Map<string, Cause>()
  for (const run of [...runs].sort((a, b) => begun(b) - begun(a))) {
    const reason = reasonOf(run.state.message)
    const key = `${run.flowId} ${run.deploymentId ?? ''} ${reason.replace(PECULIAR, '#')}`
    const known = causes.get(key)
    if (known) Object.assign(known, { count: known.count + 1, first: run })
    else causes.set(key, { key, owner: run.deploymentName ? `${run.flowName} / ${run.deploymentName}` : run.flowName, reason, count: 1, first: run, last: run })
  }
  return [...causes.values()]
}

const begun = (run: NamedRun): number => run.started ?? run.expected ?? 0
