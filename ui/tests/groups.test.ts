import { expect, test } from 'vitest'
import { criticalPath, failedOf, grouped } from '../src/geometry/groups'
import type { Node } from '../src/geometry/nodes'

const node = (id: string, parents: string[] = [], fields: Partial<Node> = {}): Node => ({ id, label: id, kind: 'task-run', type: 'COMPLETED', start: 0, end: 1, parents, ...fields })
const numbers = [...Array(8).keys()]
const MAP = [
  node('list-0'),
  ...numbers.map((n) => node(`fetch-${n}`, ['list-0'], { start: n, end: 10 + n, type: n === 3 ? 'FAILED' : 'COMPLETED' })),
  ...numbers.map((n) => node(`clean-${n}`, [`fetch-${n}`], { end: n === 5 ? null : 30, type: n === 5 ? 'RUNNING' : 'COMPLETED' })),
  node('total-0', numbers.map((n) => `clean-${n}`), { end: 50 }),
]

test('runs of a task that waited for the same ones are one node, in the worst state', () => {
  const { nodes, members } = grouped(MAP, new Set())
  const told = new Map(nodes.map((one) => [one.label, one]))

  expect([...told.keys()].sort()).toEqual(['clean × 8', 'fetch × 8', 'list-0', 'total-0'])
  expect(told.get('fetch × 8')).toMatchObject({ type: 'FAILED', start: 0, end: 17, parents: ['list-0'] })
  expect(told.get('clean × 8')).toMatchObject({ type: 'RUNNING', end: null, parents: [told.get('fetch × 8')?.id] })
  expect(told.get('total-0')?.parents).toEqual([told.get('clean × 8')?.id])
  expect(failedOf(members.get(told.get('fetch × 8')?.id ?? '') ?? [])).toBe(1)
})

test('a group that is open shows its runs, and few are no group', () => {
  const group = grouped(MAP, new Set()).nodes.find((one) => one.label === 'fetch × 8')?.id ?? ''
  const { nodes } = grouped(MAP, new Set([group]))

  expect(nodes.filter((one) => one.label.startsWith('fetch-'))).toHaveLength(8)
  expect(nodes.find((one) => one.label === 'clean × 8')?.parents).toHaveLength(8)
  expect(grouped(MAP.slice(0, 5), new Set()).members.size).toBe(0)
})

test('the critical path is the chain of those that ended last', () => {
  expect([...criticalPath(MAP.filter((one) => one.id !== 'clean-5'))]).toEqual(['total-0', 'clean-0', 'fetch-0', 'list-0'])
  const slow = [node('a', [], { end: 5 }), node('b', [], { end: 9 }), node('c', ['a', 'b'], { end: 12 }), node('d', ['a'], { end: 6 })]
  expect([...criticalPath(slow)]).toEqual(['c', 'b'])
  expect(criticalPath([]).size).toBe(0)
})
