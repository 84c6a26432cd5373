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

/** How many runs of each state there are in all, in the order of the bars' pieces. */
export function totals(buckets: readonly Bucket[]): { type: StateType; count: number }[] {
  return ORDER.flatMap((type) => {
    const count = buckets.reduce((sum, bucket) => sum + (bucket.counts[type] ?? 0), 0)
    return count ? [{ type, count }] : []
  })
}

/** Round counts to mark on the scale up to the tallest bar: nothing, the half where it is whole, and one near the top. */
export function countTicks(tallest: number): number[] {
  const power = 10 ** Math.floor(Math.log10(tallest))
  const top = ([5, 2, 1].find((step) => step * power <= tallest) ?? 1) * power
  return [0, ...(top % 2 === 0 ? [top / 2] : []), top]
}

const HOUR = 3_600_000
const STEPS = [1 / 60, 1 / 12, 1 / 6, 1 / 4, 1 / 2, 1, 2, 3, 6, 12, 24, 48, 72, 120, 168, 336, 720, 2_160, 8_760].map((hours) => hours * HOUR)
const MOST_TIMES = 6
/** How much of the width at the right has no room for a time. */
const EDGE = 0.08

/** Round moments to mark below the bars, in the zone of the browser. */
export function timeTicks(from: number, until: number): number[] {
  if (until <= from) return []
  const step = STEPS.find((one) => (until - from) / one <= MOST_TIMES) ?? (until - from) / MOST_TIMES
  const offset = new Date(from).getTimezoneOffset() * 60_000
  const first = Math.ceil((from - offset) / step) * step + offset
  const last = until - EDGE * (until - from)
  return Array.from({ length: Math.max(Math.floor((last - first) / step) + 1, 0) }, (_, index) => first + index * step)
}
