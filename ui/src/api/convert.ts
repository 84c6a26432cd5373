/** From the API's answers to the pages' values; the only file that knows how the API spells them. */

import type { FlowRun, Inputs, Line, TaskRun } from '../domain/runs'
import type { State, StateType } from '../domain/states'
import type { components } from './schema'

export type Wire = components['schemas']

export const moment = (text: string | null | undefined): number | null => (text ? Date.parse(text) : null)

interface WireState {
  type: StateType
  name?: string | null
  message?: string | null
  timestamp?: string | null
}

const UNKNOWN: State = { type: 'PENDING', name: 'Pending', message: '', at: 0 }

export function state(wire: WireState | null | undefined): State {
  if (!wire) return UNKNOWN
  return { type: wire.type, name: wire.name ?? wire.type, message: wire.message ?? '', at: moment(wire.timestamp) ?? 0 }
}

export function flowRun(wire: Wire['FlowRunResponse']): FlowRun {
  return {
    id: wire.id,
    name: wire.name,
    flowId: wire.flow_id,
    deploymentId: wire.deployment_id ?? null,
    parentTaskRunId: wire.parent_task_run_id ?? null,
    state: state(wire.state as WireState | null),
    expected: moment(wire.expected_start_time),
    started: moment(wire.start_time),
    ended: moment(wire.end_time),
    seconds: wire.estimated_run_time ?? wire.total_run_time ?? 0,
    lateness: wire.estimated_start_time_delta ?? 0,
    runCount: wire.run_count ?? 0,
    tags: wire.tags ?? [],
    parameters: wire.parameters ?? {},
    poolName: wire.work_pool_name ?? null,
    queueName: wire.work_queue_name ?? null,
    createdBy: (wire.created_by as { display_value?: string } | null)?.display_value ?? '',
    raw: wire as unknown as Record<string, unknown>,
  }
}

export function taskRun(wire: Wire['TaskRun']): TaskRun {
  return {
    id: wire.id,
    name: wire.name,
    taskKey: wire.task_key,
    flowRunId: wire.flow_run_id ?? null,
    state: state(wire.state as WireState | null),
    expected: moment(wire.expected_start_time),
    started: moment(wire.start_time),
    ended: moment(wire.end_time),
    seconds: wire.estimated_run_time ?? wire.total_run_time ?? 0,
    runCount: wire.run_count ?? 0,
    retries: (wire.empirical_policy as { retries?: number } | null)?.retries ?? 0,
    tags: wire.tags ?? [],
    inputs: inputs(wire.task_inputs as Record<string, { input_type: string; id?: string; name?: string }[]> | null),
    raw: wire as unknown as Record<string, unknown>,
  }
}

function inputs(wire: Record<string, { input_type: string; id?: string; name?: string }[]> | null): Inputs {
  const named = Object.entries(wire ?? {}).map(([name, given]) => {
    return [name, given.map((one) => ({ kind: one.input_type, id: one.id ?? one.name ?? '' }))] as const
  })
  return Object.fromEntries(named)
}

export function line(wire: Wire['Log']): Line {
  return {
    id: wire.id,
    at: moment(wire.timestamp) ?? 0,
    level: wire.level,
    message: wire.message,
    name: wire.name,
    taskRunId: wire.task_run_id ?? null,
  }
}
