/** What the pages ask of work pools, queues and workers, and what they change. */

import type { Holder, Pool, PoolType, Queue, Worker } from '../domain/pools'
import { get, patch, post, remove } from './ask'
import { holders, pool, queue, worker, type Wire } from './convert'

const pathOf = (name: string) => `/work_pools/${encodeURIComponent(name)}`
const queuePath = (poolName: string, name: string) => `${pathOf(poolName)}/queues/${encodeURIComponent(name)}`

export const listPools = async (signal?: AbortSignal): Promise<Pool[]> => (await post<Wire['WorkPoolResponse'][]>('/work_pools/filter', {}, signal)).map(pool)
export const readPool = async (name: string, signal?: AbortSignal): Promise<Pool> => pool(await get<Wire['WorkPoolResponse']>(pathOf(name), signal))

export async function listQueues(poolName: string, signal?: AbortSignal): Promise<Queue[]> {
  const found = (await post<Wire['WorkQueueResponse'][]>(`${pathOf(poolName)}/queues/filter`, {}, signal)).map(queue)
  return found.sort((a, b) => a.priority - b.priority)
}

/** How many runs wait in each queue of a pool whose time has come. */
export async function countWaiting(poolName: string, queues: readonly string[], signal?: AbortSignal): Promise<Map<string, number>> {
  const due = { state: { type: { any_: ['SCHEDULED'] } }, next_scheduled_start_time: { before_: new Date().toISOString() } }
  const counts = await Promise.all(
    queues.map((name) => post<number>('/flow_runs/count', { flow_runs: due, work_pools: { name: { any_: [poolName] } }, work_pool_queues: { name: { any_: [name] } } }, signal)),
  )
  return new Map(queues.map((name, index) => [name, counts[index] ?? 0]))
}

export const readQueue = async (poolName: string, name: string, signal?: AbortSignal): Promise<Queue> =>
  queue(await get<Wire['WorkQueueResponse']>(queuePath(poolName, name), signal))

export const listWorkers = async (poolName: string, signal?: AbortSignal): Promise<Worker[]> =>
  (await post<Wire['WorkerResponse'][]>(`${pathOf(poolName)}/workers/filter`, {}, signal)).map(worker)

/** The runs that take slots of a pool. */
export async function listHolders(poolName: string, signal?: AbortSignal): Promise<Holder[]> {
  const told = await post<Wire['WorkPoolConcurrencyStatus']>(`${pathOf(poolName)}/concurrency_status`, { flow_run_limit: 50 }, signal)
  return told.queues.flatMap(holders)
}

interface WireType {
  type: string
  display_name: string
  description: string
  default_base_job_configuration: Record<string, unknown>
}

/** The kinds of pools that the server offers. */
export async function listPoolTypes(signal?: AbortSignal): Promise<PoolType[]> {
  const view = await get<Record<string, Record<string, WireType>>>('/collections/views/aggregate-worker-metadata', signal)
  return Object.values(view).flatMap((types) =>
    Object.values(types).map((type) => ({
      type: type.type,
      name: type.display_name,
      description: type.description,
      template: type.default_base_job_configuration,
    })),
  )
}

export interface PoolChanges {
  description?: string | null
  isPaused?: boolean
  limit?: number | null
  template?: Record<string, unknown>
}

export async function createPool(name: string, type: PoolType, changes: PoolChanges): Promise<void> {
  await post('/work_pools/', { name, type: type.type, base_job_template: type.template, ...wirePool(changes) })
}

export const changePool = (name: string, changes: PoolChanges) => patch(pathOf(name), wirePool(changes))
export const deletePool = (name: string) => remove(pathOf(name))

function wirePool({ description, isPaused, limit, template }: PoolChanges): Record<string, unknown> {
  return {
    ...(description === undefined ? {} : { description }),
    ...(isPaused === undefined ? {} : { is_paused: isPaused }),
    ...(limit === undefined ? {} : { concurrency_limit: limit }),
    ...(template === undefined ? {} : { base_job_template: template }),
  }
}

export interface QueueChanges {
  description?: string | null
  isPaused?: boolean
  limit?: number | null
  priority?: number
}

export const createQueue = (poolName: string, name: string, changes: QueueChanges) => post(`${pathOf(poolName)}/queues`, { name, ...wireQueue(changes) })
export const changeQueue = (poolName: string, name: string, changes: QueueChanges) => patch(queuePath(poolName, name), wireQueue(changes))
export const deleteQueue = (poolName: string, name: string) => remove(queuePath(poolName, name))

function wireQueue({ description, isPaused, limit, priority }: QueueChanges): Record<string, unknown> {
  return {
    ...(description === undefined ? {} : { description }),
    ...(isPaused === undefined ? {} : { is_paused: isPaused }),
    ...(limit === undefined ? {} : { concurrency_limit: limit }),
    ...(priority === undefined ? {} : { priority }),
  }
}
