/** Runs over time: each a bar from its start to its end, in the first row that is free then. */

import type { Box, Scene } from './scene'
import type { Mark, Node } from './nodes'
import { edgesOf } from './nodes'

export const ROW = 22
export const BAR = 18

/** The timeline of nodes, from a beginning until now, in seconds. */
export function timeline(nodes: readonly Node[], begin: number, now: number, own: readonly Mark[] = []): Scene {
  const placeOf = (mark: Mark) => Math.max(mark.at - begin, 0) / 1_000
  const rowEnds: number[] = []
  const boxes = new Map<string, Box>()
  const span = Math.max(...nodes.map((node) => node.end ?? now), now - 1, begin) - begin
  const gap = span / 1_000 / 200
  for (const node of [...nodes].sort((a, b) => a.start - b.start)) {
    const x = Math.max(node.start - begin, 0) / 1_000
    const width = Math.max((node.end ?? Math.max(now, node.start)) - node.start, 0) / 1_000
    const row = freeRow(rowEnds, x)
    rowEnds[row] = x + width + gap
    boxes.set(node.id, { ...node, x, y: row * ROW + (ROW - BAR) / 2, width, height: BAR, marks: node.artifacts?.map(placeOf) ?? [], ...partsOf(node, begin, now) })
  }
  const all = [...boxes.values()]
  return {
    boxes: all,
    edges: edgesOf(nodes, boxes),
    marks: own.map(placeOf),
    width: Math.max(span / 1_000, 0.001),
    height: rowEnds.length * ROW,
    unit: 'seconds',
  }
}

/** The tries of a node as parts of its bar. */
function partsOf(node: Node, begin: number, now: number): Pick<Box, 'parts'> {
  if (!node.tries?.length) return {}
  return { parts: node.tries.map(({ start, end, type }) => ({ x: Math.max(start - begin, 0) / 1_000, width: Math.max((end ?? now) - start, 0) / 1_000, type })) }
}

function freeRow(rowEnds: readonly number[], x: number): number {
  const row = rowEnds.findIndex((end) => end <= x)
  return row === -1 ? rowEnds.length : row
}

const STEPS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400]

/** The marks of the axis between two times, in seconds, at most so many. */
export function ticks(from: number, until: number, most: number): number[] {
  const step = STEPS.find((step) => (until - from) / step <= most) ?? Math.ceil((until - from) / most / 86_400) * 86_400
  const first = Math.ceil(Math.max(from, 0) / step)
  const count = Math.max(Math.floor(until / step) - first + 1, 0)
  return Array.from({ length: count }, (_, index) => (first + index) * step)
}
