/** Deployments as the pages know them. */

import type { Schedule } from './schedules'
import type { Schema } from './schema'

export type Collision = 'ENQUEUE' | 'CANCEL_NEW'

export interface Deployment {
  id: string
  name: string
  flowId: string
  description: string
  isPaused: boolean
  /** Whether somebody asks for its runs. */
  isReady: boolean
  schedules: Schedule[]
  tags: string[]
  parameters: Record<string, unknown>
  jobVariables: Record<string, unknown>
  schema: Schema | null
  poolName: string | null
  queueName: string | null
  limit: number | null
  activeSlots: number
  collision: Collision
  /** Seconds after it is due in which a run is expected to have ended. */
  expectWithin: number | null
  entrypoint: string
  raw: Record<string, unknown>
}
