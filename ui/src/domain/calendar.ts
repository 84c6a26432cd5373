/** Days in a time zone, and runs counted by them, in weeks that begin on a Monday. */

import type { Bucket } from '../geometry/buckets'
import { worstOf, type StateType } from './states'

export interface Day {
  from: number
  until: number
  total: number
  /** What colours the day: its worst state; null where nothing ran. */
  worst: StateType | null
  counts: Bucket['counts']
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** When the day in a zone began that holds a moment. Days of 23 or 25 hours are as long as they are. */
export function dayStart(at: number, zone: string): number {
  const offset = offsetOf(at, zone)
  const midnight = Math.floor((at + offset) / DAY_MS) * DAY_MS
  return midnight - offsetOf(midnight - offset, zone)
}

/** How far a zone's clock is ahead of UTC at a moment, in milliseconds. */
export function offsetOf(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' }).formatToParts(at)
  const of = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((part) => part.type === type)?.value)
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second')) - Math.floor(at / 1_000) * 1_000
}

/** The weekday in a zone, from 0 for Monday. */
export function weekdayOf(at: number, zone: string): number {
  return (new Date(at + offsetOf(at, zone)).getUTCDay() + 6) % 7
}

/** The Monday on which the calendar of so many weeks begins whose last day is today. */
export function calendarStart(now: number, weeks: number, zone: string): number {
  const today = dayStart(now, zone)
  const back = (weeks - 1) * 7 + weekdayOf(today, zone)
  return dayStart(today + DAY_MS / 2 - back * DAY_MS, zone)
}

/** Days from a midnight on, as the counts of hours say. */
export function daysOf(hours: readonly Bucket[], zone: string): Day[] {
  const days: Day[] = []
  for (const hour of hours) {
    const from = dayStart(hour.from, zone)
    const last = days.at(-1)
    const day = last?.from === from ? last : emptyDay(from, zone)
    if (day !== last) days.push(day)
    for (const [type, count] of Object.entries(hour.counts) as [StateType, number][]) day.counts[type] = (day.counts[type] ?? 0) + count
    day.total += hour.total
    day.worst = worstOf(Object.keys(day.counts) as StateType[])
  }
  return days
}

function emptyDay(from: number, zone: string): Day {
  return { from, until: dayStart(from + 1.5 * DAY_MS, zone), total: 0, worst: null, counts: {} }
}

/** The days in rows of weeks; the first begins on a Monday. */
export function weeksOf(days: readonly Day[]): Day[][] {
  return Array.from({ length: Math.ceil(days.length / 7) }, (_, week) => days.slice(week * 7, week * 7 + 7))
}
