/**
 * Schedules, and the rhythms that they beat.
 *
 * A rhythm is what a person would say of a schedule: how often within a day, and on which days. Not every schedule has
 * one; `words/schedules.ts` puts those that have into words.
 */

export type Timing =
  | { kind: 'cron'; cron: string; dayOr: boolean; zone: string }
  | { kind: 'interval'; seconds: number; anchor: string; zone: string }
  | { kind: 'rrule'; rrule: string; zone: string }

export type CatchUp = 'all' | 'latest' | 'none'

export interface Schedule {
  id: string
  timing: Timing
  active: boolean
  parameters: Record<string, unknown>
  mostRuns: number | null
  catchUp: CatchUp
}

/** How often within a day; times are minutes since midnight. */
export type Beat =
  | { kind: 'minutes'; every: number; from: number; until: number }
  | { kind: 'hours'; every: number; from: number; until: number }
  | { kind: 'times'; times: number[] }

/** When something happens again and again; null stands for all days or months. Weekdays count from 0, a Sunday. */
export interface Rhythm {
  beat: Beat
  weekdays: number[] | null
  monthDays: number[] | null
  months: number[] | null
}

const DAY = 24 * 60
const MOST_TIMES = 6
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const SHORT: Record<string, string> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
}

/** The rhythm of a cron text of five fields, or null. */
export function rhythmOfCron(cron: string): Rhythm | null {
  const plain = cron.trim().toLowerCase()
  const fields = (SHORT[plain] ?? plain).split(/\s+/)
  if (fields.length !== 5) return null
  const [minutes = '', hours = '', days = '', months = '', weekdays = ''] = fields
  const beat = beatOf(minutes, hours)
  const monthDays = numbers(days, 1, 31)
  const inMonths = numbers(months, 1, 12, MONTHS)
  const onWeekdays = numbers(weekdays, 0, 7, WEEKDAYS)
  if (!beat || !monthDays || !inMonths || !onWeekdays) return null
  if (days !== '*' && weekdays !== '*') return null
  return {
    beat,
    monthDays: days === '*' ? null : monthDays,
    months: months === '*' ? null : inMonths,
    weekdays: weekdays === '*' ? null : weekdaysIn(onWeekdays),
  }
}

function weekdaysIn(days: number[]): number[] | null {
  const different = [...new Set(days.map((day) => day % 7))].sort((a, b) => a - b)
  return different.length === 7 ? null : different
}

function beatOf(minutes: string, hours: string): Beat | null {
  const every = stepOf(minutes, 60)
  const span = spanOf(hours)
  if (every && span) return { kind: 'minutes', every, from: span.first * 60, until: span.last * 60 + 60 - every }
  const at = numbers(minutes, 0, 59)
  if (!at || minutes.includes('*')) return null
  return hourlyBeat(at, hours) ?? timesBeat(at, numbers(hours, 0, 23))
}

function hourlyBeat(minutes: number[], hours: string): Beat | null {
  const [minute] = minutes
  const every = stepOf(hours, 24)
  const span = every ? { first: 0, last: 24 - every } : spanOf(hours)
  if (minute === undefined || minutes.length > 1 || !span) return null
  return { kind: 'hours', every: every ?? 1, from: span.first * 60 + minute, until: span.last * 60 + minute }
}

function timesBeat(minutes: number[], hours: number[] | null): Beat | null {
  const times = (hours ?? []).flatMap((hour) => minutes.map((minute) => hour * 60 + minute))
  return times.length && times.length <= MOST_TIMES ? { kind: 'times', times } : null
}

/** By how many a star steps that parts the whole evenly, alone by one; null for all else. */
function stepOf(field: string, whole: number): number | null {
  if (field === '*') return 1
  const step = Number(/^\*\/(\d+)$/.exec(field)?.[1])
  return step > 0 && step < whole && whole % step === 0 ? step : null
}

/** The hours of `*` or `9-17`; null for all else. */
function spanOf(field: string): { first: number; last: number } | null {
  if (field === '*') return { first: 0, last: 23 }
  const found = /^(\d+)-(\d+)$/.exec(field)
  const [first, last] = [Number(found?.[1]), Number(found?.[2])]
  return found && first < last && last < 24 ? { first, last } : null
}

/** The numbers that a field of cron names, in order, or null where it says something else or nothing that is. */
function numbers(field: string, least: number, most: number, names: readonly string[] = []): number[] | null {
  const all = field.split(',').flatMap((part) => partOf(part, least, most, names) ?? [NaN])
  return all.some((one) => Number.isNaN(one) || one < least || one > most) ? null : [...new Set(all)].sort((a, b) => a - b)
}

function partOf(part: string, least: number, most: number, names: readonly string[]): number[] | null {
  const found = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(part)
  if (!found || (found[3] && found[1] !== '*' && !found[2])) return null
  const first = found[1] === '*' ? least : numberOf(found[1] ?? '', least, names)
  const last = found[1] === '*' ? most : found[2] ? numberOf(found[2], least, names) : first
  return first <= last ? range(first, last, Number(found[3] ?? 1)) : null
}

function numberOf(text: string, least: number, names: readonly string[]): number {
  const index = names.indexOf(text.toUpperCase())
  return index >= 0 ? index + least : /^\d+$/.test(text) ? Number(text) : NaN
}

function range(first: number, last: number, step: number): number[] | null {
  return step > 0 ? Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => first + index * step) : null
}

const RULE_DAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA']
const SAID = new Set(['FREQ', 'INTERVAL', 'BYDAY', 'BYHOUR', 'BYMINUTE', 'BYSECOND', 'BYMONTHDAY', 'BYMONTH', 'WKST'])
const UNIT_SECONDS: Record<string, number> = { MINUTELY: 60, HOURLY: 3_600, DAILY: 86_400, WEEKLY: 604_800 }

/** The parts of a recurrence rule in one line, or null where there is more than that. */
function ruleParts(rrule: string): Map<string, string> | null {
  const parts = rrule.trim().replace(/^RRULE:/i, '').toUpperCase().split(';').filter(Boolean)
  const named = new Map(parts.map((part) => part.split('=', 2) as [string, string]))
  return [...named].every(([name, value]) => SAID.has(name) && value) ? named : null
}

/** Every how many seconds a rule recurs that says nothing else; null otherwise. */
export function secondsOfRule(rrule: string): number | null {
  const parts = ruleParts(rrule)
  const seconds = UNIT_SECONDS[parts?.get('FREQ') ?? '']
  if (!parts || !seconds || [...parts.keys()].some((name) => name.startsWith('BY'))) return null
  return seconds * Number(parts.get('INTERVAL') ?? 1)
}

/** The rhythm of a recurrence rule that names its times, or null. */
export function rhythmOfRule(rrule: string): Rhythm | null {
  const parts = ruleParts(rrule)
  const frequency = parts?.get('FREQ') ?? ''
  if (!parts || !['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'].includes(frequency)) return null
  if (Number(parts.get('INTERVAL') ?? 1) !== 1 || Number(parts.get('BYSECOND') ?? 0) !== 0) return null
  const beat = timesBeat(listed(parts.get('BYMINUTE')) ?? [], listed(parts.get('BYHOUR')))
  const weekdays = parts.get('BYDAY')?.split(',').map((day) => RULE_DAYS.indexOf(day)) ?? null
  const monthDays = listed(parts.get('BYMONTHDAY'))
  const months = listed(parts.get('BYMONTH'))
  if (!beat || weekdays?.includes(-1) || monthDays?.some((day) => day < 1) || (weekdays && monthDays)) return null
  return namesItsDays(frequency, weekdays, monthDays, months) ? { beat, weekdays: weekdays && weekdaysIn(weekdays), monthDays, months } : null
}

/** Whether the days of a rule are all in it, so that none is taken from when it began. */
function namesItsDays(frequency: string, weekdays: number[] | null, monthDays: number[] | null, months: number[] | null): boolean {
  if (frequency === 'DAILY') return true
  if (frequency === 'WEEKLY') return weekdays !== null && monthDays === null
  return monthDays !== null && (frequency === 'MONTHLY' || months !== null)
}

function listed(text: string | undefined): number[] | null {
  return text === undefined ? null : text.split(',').map(Number).sort((a, b) => a - b)
}

/** Whether a beat goes on all day long. */
export const isAllDay = (beat: Exclude<Beat, { kind: 'times' }>): boolean => beat.until - beat.from >= DAY - (beat.kind === 'minutes' ? beat.every : beat.every * 60)
