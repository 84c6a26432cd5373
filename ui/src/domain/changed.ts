/** What is different in a run since another one that went well. */

import { pairsOf } from './comparing'
import type { FlowRun } from './runs'

export type Aspect = 'version' | 'deployed' | 'parameter' | 'variable' | 'pool' | 'duration'

export interface Difference {
  aspect: Aspect
  /** Of a parameter or job variable its name. */
  name: string
  before: string
  now: string
}

/** A run took so many times as long, or a part of it as long, where that is worth a word. */
const WORTH_A_WORD = 1.5

/** The differences that may have made a run go wrong: its code, what it was given, where it ran, how long it took. */
export function differencesSince(good: FlowRun, run: FlowRun, duration: (seconds: number) => string): Difference[] {
  const ratio = (run.seconds + 0.001) / (good.seconds + 0.001)
  return [
    ...differs('version', textOf(good, 'flow_version'), textOf(run, 'flow_version')),
    ...differs('deployed', textOf(good, 'deployment_version'), textOf(run, 'deployment_version')),
    ...among('parameter', good.parameters, run.parameters),
    ...among('variable', recordOf(good, 'job_variables'), recordOf(run, 'job_variables')),
    ...differs('pool', `${good.poolName ?? ''}/${good.queueName ?? ''}`, `${run.poolName ?? ''}/${run.queueName ?? ''}`),
    ...(ratio > WORTH_A_WORD || ratio < 1 / WORTH_A_WORD ? differs('duration', duration(good.seconds), duration(run.seconds)) : []),
  ]
}

const differs = (aspect: Aspect, before: string, now: string, name = ''): Difference[] => (before === now ? [] : [{ aspect, name, before, now }])

function among(aspect: Aspect, before: Record<string, unknown>, now: Record<string, unknown>): Difference[] {
  return pairsOf(before, now).flatMap((pair) => (pair.differs ? differs(aspect, written(pair.a), written(pair.b), pair.name) : []))
}

const written = (value: unknown): string => (value === undefined ? '—' : JSON.stringify(value))
const textOf = (run: FlowRun, field: string): string => String(run.raw[field] ?? '')
const recordOf = (run: FlowRun, field: string): Record<string, unknown> => (run.raw[field] ?? {}) as Record<string, unknown>
