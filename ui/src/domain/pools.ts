/** Work pools, their queues and their workers, as the pages know them. */

import type { State } from './states'

export type Readiness = 'READY' | 'NOT_READY' | 'PAUSED'

export interface Pool {
  id: string
  name: string
  type: string
  description: string
  isPaused: boolean
  readiness: Readiness
  limit: number | null
  activeSlots: number
  template: Record<string, unknown>
}

export interface Queue {
  id: string
  name: string
  description: string
  poolName: string
  isPaused: boolean
  readiness: Readiness
  limit: number | null
  activeSlots: number
  priority: number
  lastPolled: number | null
}

export interface Worker {
  id: string
  name: string
  isAlive: boolean
  lastSeen: number | null
}

/** A run that takes a slot. */
export interface Holder {
  id: string
  name: string
  queueName: string
  state: Pick<State, 'type' | 'name'>
  since: number | null
}

/** A kind of pool that can be made, with the template of its jobs. */
export interface PoolType {
  type: string
  name: string
  description: string
  template: Record<string, unknown>
}
