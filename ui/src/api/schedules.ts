/** When a schedule is due next. The answer is good until the first of the times has come. */

import type { Timing } from '../domain/schedules'
import { post } from './ask'
import { wireTiming } from './convert'

const MOST_KNOWN = 200

const known = new Map<string, number[]>()

/** The next times of a schedule, planned or not. Throws a `Problem` that says what is wrong with it. */
export async function nextTimes(timing: Timing, count: number, signal?: AbortSignal): Promise<number[]> {
  const body = { schedule: wireTiming(timing), count }
  const key = JSON.stringify(body)
  const before = known.get(key)
  if (before && (before[0] ?? Infinity) > Date.now()) return before
  const times = (await post<string[]>('/ui/schedules/next-times', body, signal)).map(Date.parse)
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(key, times)
  return times
}
