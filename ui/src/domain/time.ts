/** Moments and durations in words. */

const STEPS: readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
]

/** A moment relative to now: "3 minutes ago", "in 2 hours". */
export function relative(at: number, now: number, locale: string): string {
  const seconds = Math.round((at - now) / 1_000)
  const [unit, length] = STEPS.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1]
  return new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' }).format(Math.trunc(seconds / length), unit)
}

/** A moment in full, in a time zone, to the second. */
export function absolute(at: number, zone: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium', timeZone: zone }).format(at)
}

/** A moment's hour, minute, second and millisecond, as logs are read. */
export function clockTime(at: number, zone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    timeZone: zone,
  }).format(at)
}

/** A duration as one reads it: "312 ms", "4.2 s", "3 min 5 s", "2 h 10 min". */
export function duration(seconds: number): string {
  if (seconds < 0.001) return '0 s'
  if (seconds < 0.9995) return `${Math.round(seconds * 1_000)} ms`
  if (seconds < 59.95) return `${seconds < 10 ? Number(seconds.toFixed(1)) : Math.round(seconds)} s`
  const whole = Math.round(seconds)
  if (whole < 3_600) return two(Math.floor(whole / 60), 'min', whole % 60, 's')
  if (whole < 86_400) return two(Math.floor(whole / 3_600), 'h', Math.floor((whole % 3_600) / 60), 'min')
  return two(Math.floor(whole / 86_400), 'd', Math.floor((whole % 86_400) / 3_600), 'h')
}

const LENGTHS: Record<string, number> = { s: 1, m: 60, min: 60, h: 3_600, d: 86_400 }

/** The seconds in a length of time as one writes it ("90", "2h", "1 h 30 min", "1d"); undefined for what is none. */
export function secondsIn(text: string): number | undefined {
  const written = text.trim().toLowerCase()
  if (/^\d+(\.\d+)?$/.test(written)) return Number(written)
  if (!/^(\d+(\.\d+)?\s*(s|min|m|h|d)\s*)+$/.test(written)) return undefined
  const parts = written.matchAll(/(\d+(?:\.\d+)?)\s*(s|min|m|h|d)/g)
  return [...parts].reduce((sum, [, count, unit]) => sum + Number(count) * (LENGTHS[unit ?? ''] ?? 0), 0)
}

/** A length of time so written that `secondsIn` reads the same: "2h 30m". */
export function written(seconds: number): string {
  const parts: string[] = []
  let left = seconds
  for (const [unit, length] of [['d', 86_400], ['h', 3_600], ['m', 60]] as const) {
    if (left >= length) parts.push(`${Math.floor(left / length)}${unit}`)
    left %= length
  }
  if (left || !parts.length) parts.push(`${left}s`)
  return parts.join(' ')
}

function two(large: number, unit: string, small: number, part: string): string {
  return small ? `${large} ${unit} ${small} ${part}` : `${large} ${unit}`
}

const DAY_MS = 86_400_000

/** A moment as short as it can be told in a span of so many milliseconds: the time of a day, or the day. */
export function shortMoment(at: number, span: number, zone: string, locale: string): string {
  const day = { day: 'numeric', month: 'short' } as const
  const time = { hour: '2-digit', minute: '2-digit' } as const
  const told = span <= 1.5 * DAY_MS ? time : span <= 4 * DAY_MS ? { ...day, ...time } : day
  return new Intl.DateTimeFormat(locale, { ...told, timeZone: zone }).format(at)
}
