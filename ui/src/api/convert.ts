/** From the API's answers to the pages' values; the only file that knows how the API spells them. */

import type { Block, BlockFields, BlockName, BlockSchema, BlockType } from '../domain/blocks'
import type { Collision, Deployment } from '../domain/deployments'
import type { Flow } from '../domain/flows'
import type { Holder, Pool, Queue, Readiness, Worker } from '../domain/pools'
import type { FlowRun, Inputs, Line, TaskRun } from '../domain/runs'
import type { CatchUp, Schedule, Timing } from '../domain/schedules'
import type { Schema } from '../domain/schema'
import type { State, StateType } from '../domain/states'
import type { Variable } from '../domain/variables'
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

export function flow(wire: Wire['Flow']): Flow {
  return { id: wire.id, name: wire.name, tags: wire.tags, created: moment(wire.created) }
}

export function deployment(wire: Wire['DeploymentResponse']): Deployment {
  return {
    id: wire.id,
    name: wire.name,
    flowId: wire.flow_id,
    description: wire.description ?? '',
    isPaused: wire.paused,
    isReady: wire.status === 'READY',
    schedules: wire.schedules.map(schedule),
    tags: wire.tags,
    parameters: wire.parameters,
    jobVariables: wire.job_variables,
    schema: wire.parameter_openapi_schema as Schema | null,
    poolName: wire.work_pool_name,
    queueName: wire.work_queue_name,
    limit: wire.concurrency_limit,
    activeSlots: wire.global_concurrency_limit?.active_slots ?? 0,
    collision: (wire.concurrency_options?.collision_strategy ?? 'ENQUEUE') as Collision,
    entrypoint: wire.entrypoint ?? '',
    raw: wire as unknown as Record<string, unknown>,
  }
}

function schedule(wire: Wire['DeploymentSchedule']): Schedule {
  return {
    id: wire.id,
    timing: timing(wire.schedule),
    active: wire.active,
    parameters: wire.parameters,
    mostRuns: wire.max_scheduled_runs,
    catchUp: wire.catch_up as CatchUp,
  }
}

function timing(wire: Wire['DeploymentSchedule']['schedule']): Timing {
  const zone = wire.timezone ?? 'UTC'
  if ('cron' in wire) return { kind: 'cron', cron: wire.cron, dayOr: wire.day_or, zone }
  if ('rrule' in wire) return { kind: 'rrule', rrule: wire.rrule, zone }
  return { kind: 'interval', seconds: wire.interval, anchor: wire.anchor_date, zone }
}

/** A timing as the API takes it. */
export function wireTiming(timing: Timing): Record<string, unknown> {
  switch (timing.kind) {
    case 'cron':
      return { cron: timing.cron, day_or: timing.dayOr, timezone: timing.zone }
    case 'rrule':
      return { rrule: timing.rrule, timezone: timing.zone }
    case 'interval':
      return { interval: timing.seconds, ...(timing.anchor ? { anchor_date: timing.anchor } : {}), timezone: timing.zone }
  }
}

export function pool(wire: Wire['WorkPoolResponse']): Pool {
  return {
    id: wire.id,
    name: wire.name,
    type: wire.type,
    description: wire.description ?? '',
    isPaused: wire.is_paused,
    readiness: readiness(wire.status),
    limit: wire.concurrency_limit,
    activeSlots: wire.active_slots ?? 0,
    template: wire.base_job_template,
  }
}

const readiness = (status: Readiness | null): Readiness => status ?? 'NOT_READY'

export function queue(wire: Wire['WorkQueueResponse']): Queue {
  return {
    id: wire.id,
    name: wire.name,
    description: wire.description ?? '',
    poolName: wire.work_pool_name ?? '',
    isPaused: wire.is_paused,
    readiness: readiness(wire.status),
    limit: wire.concurrency_limit,
    activeSlots: wire.active_slots ?? 0,
    priority: wire.priority,
    lastPolled: moment(wire.last_polled),
  }
}

export function worker(wire: Wire['WorkerResponse']): Worker {
  return { id: wire.id, name: wire.name, isAlive: wire.status === 'ONLINE', lastSeen: moment(wire.last_heartbeat_time) }
}

export function holders(wire: Wire['WorkQueueConcurrencyStatusDetail']): Holder[] {
  return wire.flow_runs.map((run) => ({
    id: run.id,
    name: run.name,
    queueName: wire.queue_name,
    state: { type: (run.state_type ?? 'PENDING') as StateType, name: run.state_name ?? '' },
    since: moment(run.start_time ?? run.state_timestamp),
  }))
}

export function variable(wire: Wire['Variable']): Variable {
  return { id: wire.id, name: wire.name, value: wire.value, tags: wire.tags, updated: moment(wire.updated) }
}

export function blockType(wire: Wire['BlockType']): BlockType {
  return {
    id: wire.id,
    slug: wire.slug,
    name: wire.name,
    description: wire.description ?? '',
    documentation: wire.documentation_url ?? '',
    example: wire.code_example ?? '',
    isBuiltIn: wire.is_protected,
  }
}

export function blockSchema(wire: Wire['BlockSchema']): BlockSchema {
  return { id: wire.id, typeId: wire.block_type_id ?? '', fields: wire.fields as BlockFields, capabilities: wire.capabilities }
}

/** The blocks to which properties of a block refer; those deeper in its data are left out. */
function references(wire: Wire['BlockDocument']): Record<string, BlockName> {
  const found = wire.block_document_references as Record<string, { block_document: { id: string; name: string | null; block_type: { slug: string; name: string } } }>
  const properties = Object.keys((wire.block_schema?.fields as BlockFields | undefined)?.properties ?? {})
  const named = Object.entries(found).map(([name, { block_document: { id, name: own, block_type: type } }]) => [name, { id, name: own ?? type.name, type: type.slug }] as const)
  return Object.fromEntries(named.filter(([name]) => properties.includes(name)))
}

/** A saved block; undefined for one whose type or schema is not told. */
export function block(wire: Wire['BlockDocument']): Block | undefined {
  if (!wire.block_type || !wire.block_schema) return undefined
  return {
    id: wire.id,
    name: wire.name ?? '',
    data: wire.data,
    references: references(wire),
    type: blockType(wire.block_type),
    schema: blockSchema(wire.block_schema),
    updated: moment(wire.updated),
  }
}
