/** Concurrency limits: named numbers of slots, who holds them, and who waits for them. */

export interface Limit {
  id: string
  name: string
  limit: number
  taken: number
  waiting: number
  /** How many slots a second end by themselves; 0 for a limit that is no pace. */
  pace: number
  isActive: boolean
  updated: number | null
}

export type LimitFields = Pick<Limit, 'name' | 'limit' | 'pace' | 'isActive'>

/** A run or a process that holds slots of a limit, or waits for them. */
export interface Occupant {
  lease: string
  limitId: string
  slots: number
  runKind: 'flow-run' | 'task-run' | null
  runId: string
  runName: string
  process: string
  since: number | null
  ends: number | null
}

export interface Occupation {
  holders: Occupant[]
  waiters: Occupant[]
}

const TAG = 'tag:'

/** What a limit is called on a page: that of a tag by the tag. */
export function title(name: string): string {
  return name.startsWith(TAG) ? name.slice(TAG.length) : name
}

/** The name of the limit that is shown under a title. */
export function nameOf(shown: string, ofTags: boolean): string {
  return ofTags ? TAG + shown : shown
}

/** The host and the number of a process, of what it calls itself. */
export function place(process: string): string {
  return process.split(':').slice(0, 2).join(':')
}

/** Those of some occupants that are of one limit. */
export function of(limit: Limit, occupants: readonly Occupant[]): Occupant[] {
  return occupants.filter((one) => one.limitId === limit.id)
}
