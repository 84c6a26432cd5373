import { expect, test } from 'vitest'
import { differencesSince } from '../src/domain/changed'
import type { FlowRun } from '../src/domain/runs'

const run = (fields: Partial<FlowRun>): FlowRun =>
  ({ seconds: 10, parameters: {}, poolName: 'p', queueName: 'q', raw: { flow_version: 'v1' }, ...fields }) as FlowRun
const told = (good: FlowRun, bad: FlowRun) => differencesSince(good, bad, (seconds) => `${seconds} s`).map(({ aspect, name, before, now }) => `${aspect} ${name}: ${before} → ${now}`)

test('code, parameters, place and duration that differ are told', () => {
  const good = run({ parameters: { day: 'monday', rows: 3 } })
  const bad = run({ parameters: { day: 'tuesday', rows: 3, fast: true }, raw: { flow_version: 'v2' }, queueName: 'slow', seconds: 30 })

  expect(told(good, bad)).toEqual(['version : v1 → v2', 'parameter day: "monday" → "tuesday"', 'parameter fast: — → true', 'pool : p/q → p/slow', 'duration : 10 s → 30 s'])
})

test('of a run like the one before nothing is told', () => {
  expect(told(run({}), run({ seconds: 12 }))).toEqual([])
})
