import { expect, test } from 'vitest'
import type { Timing } from '../src/domain/schedules'
import { timingInWords } from '../src/words/schedules'

const cron = (text: string): Timing => ({ kind: 'cron', cron: text, dayOr: true, zone: 'UTC' })
const rrule = (text: string): Timing => ({ kind: 'rrule', rrule: text, zone: 'UTC' })
const interval = (seconds: number): Timing => ({ kind: 'interval', seconds, anchor: '2020-01-01T00:00:00Z', zone: 'UTC' })

test.each([
  ['0 8 * * *', 'every day at 08:00', '每天 08:00'],
  ['@daily', 'every day at 00:00', '每天 00:00'],
  ['0 8,20 * * *', 'every day at 08:00 and 20:00', '每天 08:00、20:00'],
  ['30 9 * * 1-5', 'Monday to Friday at 09:30', '周一至周五 09:30'],
  ['30 9 * * MON,fri', 'every Monday and Friday at 09:30', '每周一、周五 09:30'],
  ['0 6 * * 7', 'every Sunday at 06:00', '每周日 06:00'],
  ['0 6 * * 0-6', 'every day at 06:00', '每天 06:00'],
  ['0 0 1 * *', 'on day 1 of every month at 00:00', '每月 1 日 00:00'],
  ['0 0 1,15 1 *', 'on day 1 and 15 of January at 00:00', '每年 1 月 1、15 日 00:00'],
  ['* * * * *', 'every minute', '每分钟'],
  ['*/15 * * * *', 'every 15 minutes', '每 15 分钟'],
  ['*/15 9-17 * * 1-5', 'every 15 minutes from 09:00 to 17:45, Monday to Friday', '周一至周五，每 15 分钟 09:00 至 17:45'],
  ['0 * * * *', 'every hour', '每小时'],
  ['5 * * * *', 'every hour, 5 minutes past', '每小时 第 5 分'],
  ['0 */6 * * *', 'every 6 hours', '每 6 小时'],
  ['30 9-17 * * *', 'every hour from 09:30 to 17:30', '每小时 09:30 至 17:30'],
])('the cron text %s is said as “%s”', (text, english, chinese) => {
  expect(timingInWords(cron(text), 'en')).toBe(english)
  expect(timingInWords(cron(text), 'zh')).toBe(chinese)
})

test.each(['*/7 * * * *', '0 0 1 * 1', '0 0 L * *', '0 8 * * 1#2', '0 0 8 * * *', '61 8 * * *', '0 8 * * 8', '5/10 * * * *', '0 0-23/1,x * * *', ''])(
  'the cron text “%s” has no words and is shown as it is',
  (text) => {
    expect(timingInWords(cron(text), 'en')).toBe(text)
  },
)

test.each([
  ['FREQ=WEEKLY;BYDAY=MO,FR;BYHOUR=9;BYMINUTE=30', 'every Monday and Friday at 09:30', '每周一、周五 09:30'],
  ['RRULE:FREQ=DAILY;BYHOUR=8;BYMINUTE=0', 'every day at 08:00', '每天 08:00'],
  ['FREQ=MONTHLY;BYMONTHDAY=1;BYHOUR=0;BYMINUTE=0', 'on day 1 of every month at 00:00', '每月 1 日 00:00'],
  ['FREQ=HOURLY;INTERVAL=2', 'every 2 hours', '每 2 小时'],
  ['FREQ=DAILY', 'every day', '每天'],
])('the rule %s is said as “%s”', (text, english, chinese) => {
  expect(timingInWords(rrule(text), 'en')).toBe(english)
  expect(timingInWords(rrule(text), 'zh')).toBe(chinese)
})

test.each(['FREQ=WEEKLY;BYDAY=2MO;BYHOUR=9;BYMINUTE=0', 'FREQ=DAILY;COUNT=3', 'DTSTART:20260101T000000\nRRULE:FREQ=DAILY', 'FREQ=WEEKLY;BYDAY=MO'])(
  'the rule %s has no words and is shown as it is',
  (text) => {
    expect(timingInWords(rrule(text), 'en')).toBe(text)
  },
)

test.each([
  [900, 'every 15 minutes', '每 15 分钟'],
  [86_400, 'every day', '每天'],
  [604_800, 'every week', '每周'],
  [5_400, 'every 90 minutes', '每 90 分钟'],
  [1, 'every second', '每秒'],
  [0.5, 'every 0.5 seconds', '每 0.5 秒'],
])('an interval of %d seconds is said as “%s”', (seconds, english, chinese) => {
  expect(timingInWords(interval(seconds), 'en')).toBe(english)
  expect(timingInWords(interval(seconds), 'zh')).toBe(chinese)
})
