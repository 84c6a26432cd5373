/** From the API's answers to the pages' values; the only file that knows how the API spells them. */

import type { Artifact } from '../domain/artifacts'
import type { Asset, AssetAtAGlance, Materialization } from '../domain/assets'
import type { Backfill } from '../domain/backfills'
import type { Block, BlockFields, BlockName, BlockSchema, BlockType } from '../domain/blocks'
import type { Collision, Deployment } from '../domain/deployments'
import type { Flow } from '../domain/flows'
import type { Limit, Occupant } from '../domain/limits'
import type { Holder, Pool, Queue, Readiness, Worker } from '../domain/pools'
import type { FlowRun, Inputs, Line, TaskRun } from '../domain/runs'
import type { CatchUp, Schedule, Timing } from '../domain/schedules'
import type { Schema } from '../domain/schema'
import type { State, StateType } from '../domain/states'
import type { Variable } from '../domain/variables'
import type { components } from './schema'

export type Wire = components['schemas']

/** The label under which a run's note is kept. */
export const NOTE = 'tidemill.note'

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
    note: String(wire.labels?.[NOTE] ?? ''),
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
    note: String(wire.labels?.[NOTE] ?? ''),
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
    expectWithin: wire.expect_within,
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

export function backfill(wire: Wire['BackfillResponse']): Backfill {
  return {
    id: wire.id,
    name: wire.name,
    status: wire.status,
    start: Date.parse(wire.start),
    end: Date.parse(wire.end),
    slots: wire.slots,
    order: wire.order,
    maxActive: wire.max_active,
    timing: timing(wire.schedule),
    tag: wire.tag,
    progress: wire.progress,
  }
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

export function artifact(wire: Wire['Artifact']): Artifact {
  return {
    id: wire.id,
    key: wire.key ?? '',
    type: wire.type ?? '',
    description: wire.description ?? '',
    data: wire.data,
    flowRunId: wire.flow_run_id ?? '',
    taskRunId: wire.task_run_id ?? '',
    created: moment(wire.created) ?? 0,
    updated: moment(wire.updated) ?? 0,
  }
}

/** The latest artifact of a key; when it was made is not told. */
export function latestArtifact(wire: Wire['ArtifactCollection']): Artifact {
  return artifact({ ...wire, id: wire.latest_id, created: wire.updated })
}

export function assetAtAGlance(wire: Wire['AssetAtAGlance']): AssetAtAGlance {
  return { key: wire.key, name: wire.name ?? '', told: moment(wire.told) ?? 0, made: moment(wire.made), failed: moment(wire.failed), count: wire.count }
}

const runNamed = (wire: Wire['RunNamed'] | null) => (wire ? { id: wire.id, name: wire.name ?? '' } : null)

export function materialization(wire: Wire['Materialization']): Materialization {
  return {
    id: wire.id,
    at: moment(wire.occurred) ?? 0,
    succeeded: wire.succeeded,
    madeBy: wire.made_by ?? '',
    sources: wire.sources,
    metadata: wire.metadata,
    flowRun: runNamed(wire.flow_run),
    taskRun: runNamed(wire.task_run),
  }
}

export function asset(wire: Wire['AssetInWhole']): Asset {
  const last = wire.last ? materialization(wire.last) : null
  return { ...assetAtAGlance(wire), url: wire.url ?? '', description: wire.description ?? '', owners: wire.owners, last, madeOf: wire.made_of }
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

export function limit(wire: Wire['ShownLimit']): Limit {
  return {
    id: wire.id,
    name: wire.name,
    limit: wire.limit,
    taken: wire.active_slots,
    waiting: wire.waiting,
    pace: wire.slot_decay_per_second,
    isActive: wire.active,
    updated: moment(wire.updated),
  }
}

const RUN_KINDS = { flow_run: 'flow-run', task_run: 'task-run' } as const

export function occupant(wire: Wire['SlotHolder'] | Wire['SlotWaiter']): Occupant {
  return {
    lease: wire.lease_id,
    limitId: wire.limit_id,
    slots: wire.slots,
    runKind: wire.holder_id ? (RUN_KINDS[wire.holder_type as 'flow_run'] ?? null) : null,
    runId: wire.holder_id ?? '',
    runName: wire.holder_name ?? wire.holder_id ?? '',
    process: wire.process ?? '',
    since: moment(wire.since),
    ends: 'expires_at' in wire ? moment(wire.expires_at) : null,
  }
}
