import { expect, test } from 'vitest'
import { calendarStart, dayStart, daysOf, offsetOf, weekdayOf, weeksOf } from '../src/domain/calendar'
import type { StateType } from '../src/domain/states'
import type { Bucket } from '../src/geometry/buckets'

const HOUR = 3_600_000
const at = (text: string) => Date.parse(text)
const hour = (from: number, counts: Bucket['counts'] = {}): Bucket => ({ from, until: from + HOUR, counts, total: Object.values(counts).reduce((sum, count) => sum + count, 0) })

test('a day begins at the midnight of its zone', () => {
  expect(dayStart(at('2026-11-24T17:00:00Z'), 'Asia/Shanghai')).toBe(at('2026-11-24T16:00:00Z'))
  expect(dayStart(at('2026-11-24T15:59:59Z'), 'Asia/Shanghai')).toBe(at('2026-11-23T16:00:00Z'))
  expect(dayStart(at('2026-11-24T18:45:00Z'), 'Asia/Kathmandu')).toBe(at('2026-11-24T18:15:00Z'))
})

test('on a day on which the clocks change, midnight is midnight', () => {
  expect(dayStart(at('2026-10-25T20:00:00Z'), 'Europe/Berlin')).toBe(at('2026-10-24T22:00:00Z'))
  expect(dayStart(at('2026-03-29T20:00:00Z'), 'Europe/Berlin')).toBe(at('2026-03-28T23:00:00Z'))
})

test('a zone is ahead of UTC by its offset at that moment', () => {
  expect(offsetOf(at('2026-07-01T00:00:00Z'), 'Europe/Berlin')).toBe(2 * HOUR)
  expect(offsetOf(at('2026-12-01T00:00:00.500Z'), 'America/New_York')).toBe(-5 * HOUR)
})

test('a calendar begins on a Monday and ends with this week', () => {
  const start = calendarStart(at('2026-11-25T12:00:00Z'), 5, 'Europe/Berlin')

  expect(start).toBe(at('2026-10-25T23:00:00Z'))
  expect(weekdayOf(start, 'Europe/Berlin')).toBe(0)
})

test('hours are gathered into days of their own length, coloured by the worst state', () => {
  const start = at('2026-10-24T22:00:00Z')
  const states: StateType[] = ['COMPLETED', 'FAILED', 'SCHEDULED']
  const hours = Array.from({ length: 26 }, (_, index) => hour(start + index * HOUR, index < 3 ? { [states[index] ?? 'PENDING']: 1 } : {}))

  const days = daysOf(hours, 'Europe/Berlin')

  expect(days.map((day) => (day.until - day.from) / HOUR)).toEqual([25, 24])
  expect(days[0]).toMatchObject({ total: 3, worst: 'FAILED' })
  expect(days[1]).toMatchObject({ total: 0, worst: null })
})

test('weeks have seven days, the last one those that there are', () => {
  const days = daysOf(Array.from({ length: 9 * 24 }, (_, index) => hour(at('2026-11-23T00:00:00Z') + index * HOUR)), 'UTC')

  expect(weeksOf(days).map((week) => week.length)).toEqual([7, 2])
})
