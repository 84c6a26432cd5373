/** Runs counted by days in a time zone. */

import { calendarStart, daysOf, type Day } from '../domain/calendar'
import { history, type Filters } from './runs'

const HOUR_MS = 3_600_000
/** As many stretches as the server counts at once, in hours. */
const HOURS_AT_ONCE = 480

/** The days of so many weeks up to today, with their runs. They are counted by the hour, so that each day is as long as it was. */
export async function dailyRuns(filters: Filters, weeks: number, zone: string, signal?: AbortSignal): Promise<Day[]> {
  const now = Date.now()
  const start = calendarStart(now, weeks, zone)
  const hours = Math.ceil((now - start) / HOUR_MS)
  const parts = Array.from({ length: Math.ceil(hours / HOURS_AT_ONCE) }, (_, index) => index * HOURS_AT_ONCE)
  const counted = await Promise.all(
    parts.map((first) => {
      const count = Math.min(HOURS_AT_ONCE, hours - first)
      return history(filters, start + first * HOUR_MS, start + (first + count) * HOUR_MS, count, signal)
    }),
  )
  return daysOf(counted.flat(), zone)
}
