/** Schedules in words. What has no words is shown as it was written. */

import type { Language } from '../choices.svelte'
import { isAllDay, rhythmOfCron, rhythmOfRule, secondsOfRule, type Beat, type Rhythm, type Timing } from '../domain/schedules'

interface Speech {
  everyDay: string
  every: (count: number, unit: Unit) => string
  minuteOfHour: (minute: number) => string
  between: (from: string, until: string) => string
  at: (times: string) => string
  weekdays: (days: number[]) => string
  dates: (days: number[] | null, months: number[] | null) => string
  sentence: (days: string, times: string, isTimes: boolean) => string
  and: (words: string[]) => string
}

type Unit = 'second' | 'minute' | 'hour' | 'day' | 'week'

const LENGTHS: readonly [Unit, number][] = [
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
]
const WORKDAYS = '1,2,3,4,5'

const names = (locale: string, part: Intl.DateTimeFormatOptions, at: (index: number) => number) => {
  const format = new Intl.DateTimeFormat(locale, { ...part, timeZone: 'UTC' })
  return (index: number) => format.format(at(index))
}
const sunday = Date.UTC(2023, 0, 1)
const weekday = { en: names('en-GB', { weekday: 'long' }, (day) => sunday + day * 86_400_000), zh: names('zh-CN', { weekday: 'short' }, (day) => sunday + day * 86_400_000) }
const month = names('en-GB', { month: 'long' }, (index) => Date.UTC(2023, index - 1, 1))

const english: Speech = {
  everyDay: 'every day',
  every: (count, unit) => (count === 1 ? `every ${unit}` : `every ${count} ${unit}s`),
  minuteOfHour: (minute) => `${minute} minutes past`,
  between: (from, until) => `from ${from} to ${until}`,
  at: (times) => `at ${times}`,
  weekdays: (days) => (days.join() === WORKDAYS ? 'Monday to Friday' : `every ${english.and(days.map(weekday.en))}`),
  dates: (days, months) => {
    const of = months ? english.and(months.map(month)) : 'every month'
    return days ? `on day ${english.and(days.map(String))} of ${of}` : `every day in ${of}`
  },
  sentence: (days, times, isTimes) => (isTimes || !days ? `${days} ${times}`.trim() : `${times}, ${days}`),
  and: (words) => (words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`),
}

const ZH_UNITS: Record<Unit, string> = { second: '秒', minute: '分钟', hour: '小时', day: '天', week: '周' }
const chinese: Speech = {
  everyDay: '每天',
  every: (count, unit) => (count === 1 ? `每${ZH_UNITS[unit]}` : `每 ${count} ${ZH_UNITS[unit]}`),
  minuteOfHour: (minute) => `第 ${minute} 分`,
  between: (from, until) => `${from} 至 ${until}`,
  at: (times) => times,
  weekdays: (days) => (days.join() === WORKDAYS ? '周一至周五' : `每${chinese.and(days.map(weekday.zh))}`),
  dates: (days, months) => {
    const of = months ? `每年 ${chinese.and(months.map(String))} 月` : '每月'
    return days ? `${of} ${chinese.and(days.map(String))} 日` : `${of}的每天`
  },
  sentence: (days, times, isTimes) => (isTimes || !days ? `${days} ${times}`.trim() : `${days}，${times}`),
  and: (words) => words.join('、'),
}

/** When a schedule has runs, as one would say it; a text that has no words is told as it is. The zone is not told. */
export function timingInWords(timing: Timing, language: Language): string {
  const speech = language === 'zh' ? chinese : english
  switch (timing.kind) {
    case 'interval':
      return intervalInWords(timing.seconds, speech)
    case 'cron': {
      const rhythm = rhythmOfCron(timing.cron)
      return rhythm ? rhythmInWords(rhythm, speech) : timing.cron
    }
    case 'rrule': {
      const rhythm = rhythmOfRule(timing.rrule)
      const seconds = secondsOfRule(timing.rrule)
      return rhythm ? rhythmInWords(rhythm, speech) : seconds ? intervalInWords(seconds, speech) : timing.rrule
    }
  }
}

function intervalInWords(seconds: number, speech: Speech): string {
  const [unit, length] = LENGTHS.find(([, length]) => seconds % length === 0) ?? ['second', 1]
  return speech.every(seconds / length, unit)
}

function rhythmInWords({ beat, weekdays, monthDays, months }: Rhythm, speech: Speech): string {
  const isTimes = beat.kind === 'times'
  const dates = monthDays || months ? speech.dates(monthDays, months) : ''
  const onWeekdays = weekdays ? speech.weekdays(weekdays) : ''
  const days = [onWeekdays, weekdays && months ? speech.dates(null, months) : weekdays ? '' : dates].filter(Boolean).join(' ')
  return speech.sentence(days || (isTimes ? speech.everyDay : ''), beatInWords(beat, speech), isTimes)
}

function beatInWords(beat: Beat, speech: Speech): string {
  if (beat.kind === 'times') return speech.at(speech.and(beat.times.map(clock)))
  const every = speech.every(beat.every, beat.kind === 'minutes' ? 'minute' : 'hour')
  if (!isAllDay(beat)) return `${every} ${speech.between(clock(beat.from), clock(beat.until))}`
  return beat.kind === 'hours' && beat.from ? `${every}${speech === english ? ', ' : ' '}${speech.minuteOfHour(beat.from)}` : every
}

function clock(minutes: number): string {
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':')
}
