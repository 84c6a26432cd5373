/** Runs counted by time and state, for the bars of the dashboard. */

import type { StateType } from '../domain/states'

/** How many runs of each state began in a stretch of time. */
export interface Bucket {
  from: number
  until: number
  counts: Partial<Record<StateType, number>>
  total: number
}

/** A piece of a bar, from bottom to top, in shares of the tallest bar. */
export interface Piece {
  type: StateType
  count: number
  bottom: number
  height: number
}

const ORDER: readonly StateType[] = ['COMPLETED', 'CANCELLED', 'CANCELLING', 'SCHEDULED', 'PENDING', 'PAUSED', 'RUNNING', 'CRASHED', 'FAILED']

/** The pieces of each bucket's bar; what is worst lies on top. */
export function bars(buckets: readonly Bucket[]): Piece[][] {
  const tallest = Math.max(1, ...buckets.map((bucket) => bucket.total))
  return buckets.map((bucket) => {
    let bottom = 0
    return ORDER.flatMap((type) => {
      const count = bucket.counts[type] ?? 0
      if (!count) return []
      const piece = { type, count, bottom, height: count / tallest }
      bottom += piece.height
      return [piece]
    })
  })
}
