import { expect, test } from 'vitest'
import { bars, countTicks, timeTicks, totals } from '../src/geometry/buckets'
import { graph, layersOf } from '../src/geometry/graph'
import type { Node } from '../src/geometry/nodes'
import { boxAt, bounded, centred, isVisible, moved, roomsOf, wholeView, zoomed } from '../src/geometry/scene'
import { ticks, timeline } from '../src/geometry/timeline'

const SIZE = { width: 800, height: 300 }

function node(id: string, start: number, end: number | null, parents: string[] = []): Node {
  return { id, label: id, kind: 'task-run', type: end === null ? 'RUNNING' : 'COMPLETED', start, end, parents }
}

test('runs at the same time have rows of their own, later ones take the first that is free', () => {
  const scene = timeline([node('a', 0, 1_000), node('b', 0, 3_000), node('c', 2_000, 3_000)], 0, 3_000)

  const rows = Object.fromEntries(scene.boxes.map((box) => [box.id, box.y]))
  expect(rows['a']).not.toBe(rows['b'])
  expect(rows['c']).toBe(rows['a'])
})

test('no two boxes of a timeline overlap', () => {
  const nodes = Array.from({ length: 300 }, (_, index) => node(String(index), (index * 37) % 1_000, ((index * 37) % 1_000) + (index % 90) + 1))
  const { boxes } = timeline(nodes, 0, 2_000)

  for (const a of boxes) {
    for (const b of boxes) {
      if (a.id < b.id && a.y === b.y) expect(a.x + a.width <= b.x || b.x + b.width <= a.x).toBe(true)
    }
  }
})

test('what still runs reaches until now', () => {
  const [box] = timeline([node('a', 1_000, null)], 0, 5_000).boxes

  expect(box).toMatchObject({ x: 1, width: 4 })
})

test('a node stands one layer after the last of its parents', () => {
  const layers = layersOf([node('a', 0, 1), node('b', 1, 2, ['a']), node('c', 2, 3, ['a', 'b']), node('d', 0, 1)])

  expect(layers.map((layer) => layer.map(({ id }) => id))).toEqual([['a', 'd'], ['b'], ['c']])
})

test('a chain of ten thousand and a circle are laid out', () => {
  const chain = Array.from({ length: 10_000 }, (_, index) => node(String(index), index, index + 1, index ? [String(index - 1)] : []))
  const circle = [node('a', 0, 1, ['b']), node('b', 1, 2, ['a'])]

  expect(layersOf(chain)).toHaveLength(10_000)
  expect(graph(circle).boxes).toHaveLength(2)
})

test('five thousand nodes are laid out in less than a second', () => {
  const nodes = Array.from({ length: 5_000 }, (_, index) => node(String(index), index, index + 50, index > 50 ? [String(index - 50)] : []))

  expect(graph(nodes).boxes).toHaveLength(5_000)
  expect(timeline(nodes, 0, 6_000).boxes).toHaveLength(5_000)
})

test('an edge joins two boxes that are both there', () => {
  const { edges } = graph([node('a', 0, 1), node('b', 1, 2, ['a', 'elsewhere'])])

  expect(edges.map(({ from, to }) => [from.id, to.id])).toEqual([['a', 'b']])
})

test('the whole view shows every box', () => {
  const scene = timeline([node('a', 0, 1_000), node('b', 500, 3_000)], 0, 3_000)
  const view = wholeView(scene, SIZE)

  expect(scene.boxes.every((box) => isVisible(box, view, SIZE))).toBe(true)
})

test('zooming keeps what is under the pointer', () => {
  const view = { left: 0, top: 0, scaleX: 100, scaleY: 1 }
  const near = zoomed(view, 2, 300, 50, 'seconds')

  expect(near.left + 300 / near.scaleX).toBeCloseTo(3)
  expect(near.scaleY).toBe(1)
})

test('a drag moves the plane with the pointer, and not out of sight', () => {
  const scene = timeline([node('a', 0, 1_000)], 0, 1_000)
  const view = wholeView(scene, SIZE)

  expect(moved(view, 80, 0).left).toBeCloseTo(view.left - 80 / view.scaleX)
  expect(bounded(moved(view, 1e6, 0), scene, SIZE).left).toBeGreaterThan(-2)
})

test('a box is found under its pixel and shown in the middle', () => {
  const scene = timeline([node('a', 0, 1_000), node('b', 0, 1_000)], 0, 1_000)
  const view = wholeView(scene, SIZE)
  const b = scene.boxes.find((box) => box.id === 'b')!

  expect(boxAt(scene, centred(view, b, SIZE), 400, 150)?.id).toBe('b')
  expect(boxAt(scene, view, 400, 290)).toBeUndefined()
})

test('beside a box is as much room as its row has free', () => {
  const box = { label: '', kind: 'task-run', type: 'COMPLETED', y: 0, width: 2, height: 18 } as const
  const rooms = roomsOf([{ ...box, id: 'b', x: 5 }, { ...box, id: 'a', x: 0 }, { ...box, id: 'other', x: 3, y: 22 }])

  expect(rooms.get('a')).toEqual({ left: Infinity, right: 3 })
  expect(rooms.get('b')).toEqual({ left: 3, right: Infinity })
  expect(rooms.get('other')).toEqual({ left: Infinity, right: Infinity })
})

test('the marks of the axis are round times within the span', () => {
  expect(ticks(0, 10, 6)).toEqual([0, 2, 4, 6, 8, 10])
  expect(ticks(7_000, 20_000, 4)).toEqual([7_200, 10_800, 14_400, 18_000])
  expect(ticks(0, 0.01, 5)).toHaveLength(6)
})

test('bars are stacked with the worst on top, in shares of the tallest', () => {
  const [first, second] = bars([
    { from: 0, until: 1, counts: { COMPLETED: 3, FAILED: 1 }, total: 4 },
    { from: 1, until: 2, counts: { COMPLETED: 2 }, total: 2 },
  ])

  expect(first).toEqual([
    { type: 'COMPLETED', count: 3, bottom: 0, height: 0.75 },
    { type: 'FAILED', count: 1, bottom: 0.75, height: 0.25 },
  ])
  expect(second).toEqual([{ type: 'COMPLETED', count: 2, bottom: 0, height: 0.5 }])
})

test('the scale of counts has round numbers up to the tallest bar', () => {
  expect([1, 2, 7, 48, 3_100].map(countTicks)).toEqual([[0, 1], [0, 1, 2], [0, 5], [0, 10, 20], [0, 1_000, 2_000]])
})

test('the scale of time has a few round moments', () => {
  const noon = Date.parse('2026-11-24T12:10:00')
  const marks = timeTicks(noon, noon + 24 * 3_600_000)

  expect(marks.map((at) => new Date(at).getHours())).toEqual([18, 0, 6])
  expect(timeTicks(5, 5)).toEqual([])
})

test('the legend counts what the bars show, in their order', () => {
  const bucket = { from: 0, until: 1, total: 3, counts: { FAILED: 1, COMPLETED: 2 } }

  expect(totals([bucket, bucket])).toEqual([{ type: 'COMPLETED', count: 4 }, { type: 'FAILED', count: 2 }])
})

test('the tries of a task are parts of its bar', () => {
  const tries = [{ start: 1_000, end: 2_000, type: 'FAILED' as const }, { start: 5_000, end: null, type: 'RUNNING' as const }]
  const [box] = timeline([{ id: 'a', label: 'a', kind: 'task-run', type: 'RUNNING', start: 1_000, end: null, parents: [], tries }], 0, 6_000).boxes

  expect(box?.parts).toEqual([{ x: 1, width: 1, type: 'FAILED' }, { x: 5, width: 1, type: 'RUNNING' }])
})
