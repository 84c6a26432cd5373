import { expect, test } from 'vitest'
import { growth, pairsOf, taskPairs } from '../src/domain/comparing'
import type { TaskRun } from '../src/domain/runs'
import type { StateType } from '../src/domain/states'

function run(id: string, key: string, seconds: number, type: StateType = 'COMPLETED'): TaskRun {
  const state = { type, name: type, message: '', at: 0 }
  return { id, name: `${key}-0`, taskKey: key, flowRunId: null, state, expected: 0, started: 0, ended: 0, seconds, runCount: 1, retries: 0, tags: [], inputs: {}, note: '', raw: {} }
}

test('what differs comes first, and what only one side has differs', () => {
  expect(pairsOf({ day: 'monday', count: 3, same: [1] }, { same: [1], day: 'friday', more: null })).toEqual([
    { name: 'day', a: 'monday', b: 'friday', differs: true },
    { name: 'count', a: 3, b: undefined, differs: true },
    { name: 'more', a: undefined, b: null, differs: true },
    { name: 'same', a: [1], b: [1], differs: false },
  ])
})

test('the order of names in an object makes no difference', () => {
  expect(pairsOf({ at: { x: 1, y: { a: 1, b: 2 } } }, { at: { y: { b: 2, a: 1 }, x: 1 } })[0]?.differs).toBe(false)
  expect(pairsOf({ at: [1, 2] }, { at: [2, 1] })[0]?.differs).toBe(true)
})

test('tasks whose durations differ most come first; runs of one task are counted together', () => {
  const a = [run('1', 'load', 5), run('2', 'extract', 1), run('3', 'extract', 2)]
  const b = [run('4', 'load', 6), run('5', 'extract', 9), run('6', 'extract', 0, 'FAILED'), run('7', 'new', 0.1)]

  const pairs = taskPairs(a, b)

  expect(pairs.map((pair) => [pair.name, growth(pair)])).toEqual([['extract', 6], ['load', 1], ['new', 0.1]])
  expect(pairs[0]).toMatchObject({ a: { count: 2, seconds: 3, worst: 'COMPLETED', id: '3' }, b: { count: 2, seconds: 9, worst: 'FAILED', id: '6' } })
  expect(pairs[2]?.a).toBeNull()
})
