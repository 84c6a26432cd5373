/** Runs as the pages know them. Moments are milliseconds since 1970, durations are seconds. */

import type { State } from './states'

export interface FlowRun {
  id: string
  name: string
  flowId: string
  deploymentId: string | null
  parentTaskRunId: string | null
  state: State
  expected: number | null
  started: number | null
  ended: number | null
  /** How long it has been running, its present stay included. */
  seconds: number
  lateness: number
  runCount: number
  tags: string[]
  parameters: Record<string, unknown>
  poolName: string | null
  queueName: string | null
  createdBy: string
  /** What somebody noted about it, or an empty text. */
  note: string
  raw: Record<string, unknown>
}

/** What a task run was given: other runs' results, or parameters of its flow, by the name of its own parameter. */
export type Inputs = Record<string, { kind: string; id: string }[]>

export interface TaskRun {
  id: string
  name: string
  taskKey: string
  flowRunId: string | null
  state: State
  expected: number | null
  started: number | null
  ended: number | null
  seconds: number
  runCount: number
  retries: number
  tags: string[]
  inputs: Inputs
  /** What somebody noted about it; empty where nobody did. */
  note: string
  raw: Record<string, unknown>
}

/** A line that a run logged. */
export interface Line {
  id: string
  at: number
  level: number
  message: string
  name: string
  taskRunId: string | null
}
