/** What the pages ask of runs. */

import type { Bucket } from '../geometry/buckets'
import type { Mark, Node, Try } from '../geometry/nodes'
import type { FlowRun, TaskRun } from '../domain/runs'
import type { StateType } from '../domain/states'
import type { Waiting } from '../domain/waiting'
import { get, patch, post } from './ask'
import { flowRun, line, moment, NOTE, taskRun, type Wire } from './convert'

/** A flow run with the names that belong to it. */
export interface NamedRun extends FlowRun {
  flowName: string
  deploymentName: string
}

export type Filters = Record<string, unknown>

export const LATEST = 'START_TIME_DESC'

/** Flow runs with the names of their flows and deployments. */
export async function namedRuns(filters: Filters, signal?: AbortSignal): Promise<NamedRun[]> {
  const wires = await post<Wire['FlowRunResponse'][]>('/flow_runs/filter', filters, signal)
  return named(wires.map(flowRun), signal)
}

export async function countRuns(filters: Filters, signal?: AbortSignal): Promise<number> {
  return post<number>('/flow_runs/count', filters, signal)
}

export async function readRun(id: string, signal?: AbortSignal): Promise<NamedRun> {
  const run = flowRun(await get<Wire['FlowRunResponse']>(`/flow_runs/${id}`, signal))
  const [found] = await named([run], signal)
  return found ?? { ...run, flowName: '', deploymentName: '' }
}

async function named(runs: FlowRun[], signal?: AbortSignal): Promise<NamedRun[]> {
  const [flows, deployments] = await Promise.all([
    namesOf('flow', runs.map((run) => run.flowId), signal),
    namesOf('deployment', runs.flatMap((run) => run.deploymentId ?? []), signal),
  ])
  return runs.map((run) => ({
    ...run,
    flowName: flows.get(run.flowId) ?? '',
    deploymentName: (run.deploymentId && deployments.get(run.deploymentId)) || '',
  }))
}

const known: Record<'flow' | 'deployment', Map<string, string>> = { flow: new Map(), deployment: new Map() }

/** The names of flows or deployments; each is asked for once. */
export async function namesOf(noun: 'flow' | 'deployment', ids: string[], signal?: AbortSignal): Promise<Map<string, string>> {
  const missing = [...new Set(ids)].filter((id) => !known[noun].has(id))
  if (missing.length) {
    const found = await post<{ id: string; name: string }[]>(`/${noun}s/filter`, { [`${noun}s`]: { id: { any_: missing } } }, signal)
    for (const one of found) known[noun].set(one.id, one.name)
  }
  return known[noun]
}

/** Runs counted in so many stretches of a span. */
export async function history(filters: Filters, from: number, until: number, count: number, signal?: AbortSignal): Promise<Bucket[]> {
  const body = {
    ...filters,
    history_start: new Date(from).toISOString(),
    history_end: new Date(until).toISOString(),
    history_interval_seconds: Math.max((until - from) / 1_000 / count, 1),
  }
  const wires = await post<Wire['HistoryResponse'][]>('/flow_runs/history', body, signal)
  return wires.map((wire) => {
    const counts: Bucket['counts'] = {}
    for (const part of wire.states) {
      const type = part.state_type as StateType
      counts[type] = (counts[type] ?? 0) + part.count_runs
    }
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
    return { from: moment(wire.interval_start) ?? 0, until: moment(wire.interval_end) ?? 0, counts, total }
  })
}

export async function taskRuns(filters: Filters, signal?: AbortSignal): Promise<TaskRun[]> {
  return (await post<Wire['TaskRun'][]>('/task_runs/filter', filters, signal)).map(taskRun)
}

export async function readTaskRun(id: string, signal?: AbortSignal): Promise<TaskRun> {
  return taskRun(await get<Wire['TaskRun']>(`/task_runs/${id}`, signal))
}

const TASKS_AT_ONCE = 200

/** The first task runs of a flow run, so many at most. */
export async function tasksOf(id: string, most: number, signal?: AbortSignal): Promise<TaskRun[]> {
  const found: TaskRun[] = []
  while (found.length < most) {
    const body = { flow_runs: { id: { any_: [id] } }, sort: 'EXPECTED_START_TIME_ASC', limit: TASKS_AT_ONCE, offset: found.length }
    const more = await taskRuns(body, signal)
    found.push(...more)
    if (more.length < TASKS_AT_ONCE) break
  }
  return found
}

/** The last run that completed before another one, of the same deployment or, without one, of the same flow; undefined for none. */
export async function lastGood(run: FlowRun, signal?: AbortSignal): Promise<NamedRun | undefined> {
  const before = { before_: new Date((run.started ?? run.expected ?? Date.now()) - 1).toISOString() }
  const place = run.deploymentId ? { any_: [run.deploymentId] } : { is_null_: true }
  const good = { state: { type: { any_: ['COMPLETED'] } }, start_time: before, deployment_id: place }
  const [found] = await namedRuns({ flows: { id: { any_: [run.flowId] } }, flow_runs: good, sort: LATEST, limit: 1 }, signal)
  return found
}

/** Note something about a flow run or a task run; an empty text takes the note away. */
export const writeNote = (kind: 'flow_runs' | 'task_runs', id: string, text: string) => patch(`/${kind}/${id}/labels`, { [NOTE]: text })

/** The run of the same flow that began before another one; undefined for the first. */
export async function runBefore(run: FlowRun, signal?: AbortSignal): Promise<NamedRun | undefined> {
  const begun = { start_time: { before_: new Date((run.started ?? Date.now()) - 1).toISOString() }, id: { not_any_: [run.id] } }
  const [found] = await namedRuns({ flows: { id: { any_: [run.flowId] } }, flow_runs: begun, sort: LATEST, limit: 1 }, signal)
  return found
}

/** The tries of the tasks that were run more than once, by the id of the task run. */
async function triesOf(id: string, signal?: AbortSignal): Promise<Map<string, Try[]>> {
  const tries = new Map<string, Try[]>()
  for (const wire of await get<Wire['Try'][]>(`/ui/flow_runs/${id}/tries`, signal)) {
    const one = { start: moment(wire.start) ?? 0, end: moment(wire.end), type: wire.state_type as StateType }
    tries.set(wire.task_run_id, [...(tries.get(wire.task_run_id) ?? []), one])
  }
  return tries
}

/** The task runs and subflow runs of a flow run. */
export async function graphOf(id: string, signal?: AbortSignal): Promise<{ nodes: Node[]; artifacts: Mark[] }> {
  const [graph, tries] = await Promise.all([get<Wire['Graph']>(`/flow_runs/${id}/graph-v2`, signal), triesOf(id, signal)])
  const nodes = graph.nodes.map(([, node]) => ({
    id: node.id,
    label: node.label,
    kind: node.kind,
    type: node.state_type as StateType,
    start: moment(node.start_time) ?? 0,
    end: moment(node.end_time),
    parents: node.parents.map((parent) => parent.id),
    artifacts: node.artifacts.map(mark),
    ...(tries.has(node.id) ? { tries: tries.get(node.id) ?? [] } : {}),
  }))
  return { nodes, artifacts: graph.artifacts.map(mark) }
}

const mark = (wire: Wire['GraphArtifact']): Mark => ({ id: wire.id, label: wire.key ?? wire.type ?? '', at: moment(wire.created) ?? 0 })

export async function waitingReason(id: string, signal?: AbortSignal): Promise<Waiting> {
  const { reason, message, until } = await get<Wire['WaitingReason']>(`/flow_runs/${id}/waiting_reason`, signal)
  return { reason, message, until: moment(until) }
}

/** The names of flow runs. */
export async function namesOfRuns(ids: readonly string[], signal?: AbortSignal): Promise<Map<string, string>> {
  if (!ids.length) return new Map()
  const found = await post<Wire['FlowRunResponse'][]>('/flow_runs/filter', { flow_runs: { id: { any_: ids } } }, signal)
  return new Map(found.map((run) => [run.id, run.name]))
}

/** How many task runs each flow run has so far. */
export async function countTasksOf(ids: readonly string[], signal?: AbortSignal): Promise<Record<string, number>> {
  return ids.length ? post('/ui/flow_runs/count-task-runs', { flow_run_ids: ids }, signal) : {}
}

/** The last traceback that a run logged, or an empty text. */
export async function traceOf(of: { flowRunId: string } | { taskRunId: string }, signal?: AbortSignal): Promise<string> {
  const whose = 'flowRunId' in of ? { flow_run_id: { any_: [of.flowRunId] } } : { task_run_id: { any_: [of.taskRunId] } }
  const body = { logs: { ...whose, level: { ge_: 40 } }, limit: 5, sort: 'TIMESTAMP_DESC' }
  const found = (await post<Wire['Log'][]>('/logs/filter', body, signal)).map(line)
  return found.find((one) => one.message.includes('Traceback'))?.message ?? ''
}

/** Propose a state for a flow run. Throws where the server refuses it. */
export async function setState(id: string, type: StateType, more: { name?: string; message?: string; force?: boolean } = {}): Promise<void> {
  const { force = false, ...state } = more
  const told = await post<Wire['OrchestrationResult']>(`/flow_runs/${id}/set_state`, { state: { type, ...state }, force })
  const details = told.details as { reason?: string | null } | null
  if (told.status !== 'ACCEPT') throw new Error(details?.reason ?? `The server answered ${told.status}.`)
}
