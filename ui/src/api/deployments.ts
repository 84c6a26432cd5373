/** What the pages ask of deployments, and what they change. */

import type { Collision, Deployment } from '../domain/deployments'
import type { FlowRun } from '../domain/runs'
import type { Schedule } from '../domain/schedules'
import type { Standing } from '../domain/standing'
import { t } from '../words'
import { get, patch, post, Problem, remove } from './ask'
import { deployment, wireTiming, type Wire } from './convert'
import { firstOfEach } from './first'
import { namesOf, type Filters } from './runs'
import { standings } from './standing'

export interface NamedDeployment extends Deployment {
  flowName: string
}

export interface ListedDeployment extends NamedDeployment {
  next: FlowRun | undefined
  standing: Standing | undefined
}

/** Deployments with the names of their flows, their last runs and their next ones. */
export async function listDeployments(filters: Filters, signal?: AbortSignal): Promise<ListedDeployment[]> {
  const found = (await post<Wire['DeploymentResponse'][]>('/deployments/filter', filters, signal)).map(deployment)
  const ids = found.map((one) => one.id)
  const [flows, next, standing] = await Promise.all([
    namesOf('flow', found.map((one) => one.flowId), signal),
    nextRuns('deployment', ids, signal),
    standings('deployment', ids, signal),
  ])
  return found.map((one) => ({ ...one, flowName: flows.get(one.flowId) ?? '', next: next.get(one.id), standing: standing.get(one.id) }))
}

export const countDeployments = (filters: Filters, signal?: AbortSignal) => post<number>('/deployments/count', filters, signal)

export async function readDeployment(id: string, signal?: AbortSignal): Promise<NamedDeployment> {
  const found = deployment(await get<Wire['DeploymentResponse']>(`/deployments/${id}`, signal))
  const flows = await namesOf('flow', [found.flowId], signal)
  return { ...found, flowName: flows.get(found.flowId) ?? '' }
}

const planned = () => ({ state: { type: { any_: ['SCHEDULED'] } }, next_scheduled_start_time: { after_: new Date().toISOString() } })

/** The next run of each flow or deployment. */
export const nextRuns = (noun: 'flow' | 'deployment', ids: readonly string[], signal?: AbortSignal) =>
  firstOfEach(noun, ids, planned(), 'NEXT_SCHEDULED_START_TIME_ASC', signal)

export const setPaused = (id: string, isPaused: boolean) => post<void>(`/deployments/${id}/${isPaused ? 'pause' : 'resume'}_deployment`)
export const deleteDeployment = (id: string) => remove(`/deployments/${id}`)

export interface DeploymentChanges {
  description?: string | null
  parameters?: Record<string, unknown>
  jobVariables?: Record<string, unknown>
  limit?: number | null
  collision?: Collision
  expectWithin?: number | null
  tags?: string[]
}

export function changeDeployment(id: string, changes: DeploymentChanges): Promise<void> {
  const { description, parameters, jobVariables, limit, collision, expectWithin, tags } = changes
  return patch(`/deployments/${id}`, {
    ...(description === undefined ? {} : { description }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(jobVariables === undefined ? {} : { job_variables: jobVariables }),
    ...(tags === undefined ? {} : { tags }),
    ...(expectWithin === undefined ? {} : { expect_within: expectWithin }),
    ...(limit === undefined ? {} : { concurrency_limit: limit }),
    ...(collision === undefined ? {} : { concurrency_options: { collision_strategy: collision } }),
  })
}

/** A schedule without an id is new. */
export async function saveSchedule(deploymentId: string, { id, ...schedule }: Schedule): Promise<void> {
  const body = {
    schedule: wireTiming(schedule.timing),
    active: schedule.active,
    parameters: schedule.parameters,
    max_scheduled_runs: schedule.mostRuns,
    catch_up: schedule.catchUp,
  }
  if (id) await patch(`/deployments/${deploymentId}/schedules/${id}`, body)
  else await post(`/deployments/${deploymentId}/schedules`, [body])
}

export const switchSchedule = (deploymentId: string, id: string, active: boolean) => patch(`/deployments/${deploymentId}/schedules/${id}`, { active })
export const deleteSchedule = (deploymentId: string, id: string) => remove(`/deployments/${deploymentId}/schedules/${id}`)

export interface WantedRun {
  name?: string
  parameters?: Record<string, unknown>
  tags?: string[]
  /** Beside those of the deployment. */
  jobVariables?: Record<string, unknown>
  /** Milliseconds since 1970; without it the run starts at once. */
  at?: number
}

/** The id of a new run. */
export async function startRun(id: string, { name, parameters, tags, jobVariables, at }: WantedRun = {}): Promise<string> {
  const state = at === undefined ? {} : { state: { type: 'SCHEDULED', state_details: { scheduled_time: new Date(at).toISOString() } } }
  const body = { ...(name ? { name } : {}), ...(parameters ? { parameters } : {}), ...(tags ? { tags } : {}), ...(jobVariables ? { job_variables: jobVariables } : {}), ...state }
  return (await post<Wire['FlowRunResponse']>(`/deployments/${id}/create_flow_run`, body)).id
}

/** What a copy of a deployment has of its own, or the server makes anew. */
const OWN = ['id', 'created', 'updated', 'created_by', 'updated_by', 'status', 'last_polled', 'global_concurrency_limit', 'concurrency_limit', 'work_queue_id', 'infrastructure_document_id', 'storage_document_id']

/** Make a deployment anew under another name, paused; its id. Throws where the flow has one of that name. */
export async function copyDeployment(of: NamedDeployment, name: string): Promise<string> {
  const taken = { flows: { id: { any_: [of.flowId] } }, deployments: { name: { any_: [name] } } }
  if (await countDeployments(taken)) throw new Problem(t('deployment.taken', { name }), 409)
  const kept = Object.entries(of.raw).filter(([field, value]) => !OWN.includes(field) && value !== null)
  const schedules = of.schedules.map(({ timing, active, parameters, mostRuns, catchUp }) => ({ schedule: wireTiming(timing), active, parameters, max_scheduled_runs: mostRuns, catch_up: catchUp }))
  const body = { ...Object.fromEntries(kept), name, schedules, paused: true, ...(of.limit === null ? {} : { concurrency_limit: of.limit }) }
  return (await post<Wire['DeploymentResponse']>('/deployments/', body)).id
}
