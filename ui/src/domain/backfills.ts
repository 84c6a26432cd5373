/** Backfills: a deployment's past run, one run for each slot. */

import type { Timing } from './schedules'

export type BackfillStatus = 'RUNNING' | 'PAUSED' | 'COMPLETED' | 'FAILED' | 'CANCELLED'
export type SlotOrder = 'oldest' | 'latest'
export type Again = 'none' | 'failed' | 'all'

/** How many slots wait, are under way, and how the others ended; of what is skipped the slot had run before. */
export interface BackfillProgress {
  waiting: number
  active: number
  completed: number
  failed: number
  cancelled: number
  skipped: number
  done: number
}

export interface Backfill {
  id: string
  name: string
  status: BackfillStatus
  start: number
  end: number
  slots: number
  order: SlotOrder
  maxActive: number
  timing: Timing
  /** The tag of its runs. */
  tag: string
  progress: BackfillProgress
}

export interface BackfillPreview {
  count: number
  first: number | null
  last: number | null
}

/** What is said of a new backfill; without a timing its slots are the times of the deployment's schedule. */
export interface WantedBackfill {
  deploymentId: string
  start: number
  end: number
  scheduleId: string | null
  timing: Timing | null
  order: SlotOrder
  maxActive: number
  again: Again
  parameters: Record<string, unknown>
  queueName: string | null
  tags: string[]
  jobVariables: Record<string, unknown>
}

export const goesOn = ({ status }: Backfill): boolean => status === 'RUNNING' || status === 'PAUSED'

/** How much of a backfill is done, from 0 to 100. */
export const percentOf = ({ slots, progress }: Backfill): number => (slots ? (100 * progress.done) / slots : 100)

/** What there is to tell of a backfill's slots, the most telling first; nothing of what there is none. */
export function parts(progress: BackfillProgress): [part: 'failed' | 'active' | 'completed' | 'skipped' | 'cancelled' | 'waiting', count: number][] {
  const all = (['failed', 'active', 'completed', 'skipped', 'cancelled', 'waiting'] as const).map((part) => [part, progress[part]] as [typeof part, number])
  return all.filter(([, count]) => count > 0)
}
