/**
 * Dependencies as layers from left to right: a node stands one layer after the last of its parents.
 *
 * Inside a layer nodes are ordered by the middle of their parents' places, which keeps most lines from crossing
 * (Sugiyama, Tagawa and Toda 1981, the barycenter step); one sweep is enough for graphs that grew in this order.
 */

import type { Node } from './nodes'
import { edgesOf } from './nodes'
import type { Box, Scene } from './scene'

/** How wide a box may be, and how much of that a letter of its label takes. */
const [NARROWEST, WIDEST, LETTER] = [90, 280, 6.4]
export const HEIGHT = 26
const GAP_X = 60
const GAP_Y = 12
/** A layer taller than this is broken into several columns. */
const TALLEST = 60
const MOST_MARKS = 6

export function graph(nodes: readonly Node[]): Scene {
  const layers = layersOf(nodes)
  const width = widthOf(nodes)
  const boxes = new Map<string, Box>()
  const places = new Map<string, number>()
  let [column, tallest] = [0, 0]
  for (const layer of layers) {
    const ordered = [...layer].sort((a, b) => middle(a, places) - middle(b, places) || a.start - b.start)
    const rows = Math.min(ordered.length, TALLEST)
    ordered.forEach((node, index) => {
      const [across, down] = [Math.floor(index / TALLEST), index % TALLEST]
      places.set(node.id, down - rows / 2)
      boxes.set(node.id, boxOf(node, column + across, down - rows / 2, width))
    })
    column += Math.ceil(ordered.length / TALLEST)
    tallest = Math.max(tallest, rows)
  }
  return shifted(nodes, boxes, column, tallest, width)
}

/** The width at which the longest label fits, within bounds. */
export function widthOf(nodes: readonly Node[]): number {
  const longest = nodes.reduce((most, node) => Math.max(most, node.label.length), 0)
  return Math.min(Math.max(Math.ceil(longest * LETTER) + 14, NARROWEST), WIDEST)
}

function boxOf(node: Node, column: number, place: number, width: number): Box {
  const x = column * (width + GAP_X)
  const marks = (node.artifacts ?? []).slice(0, MOST_MARKS).map((_, index) => x + width - 8 - index * 9)
  return { ...node, marks, x, y: place * (HEIGHT + GAP_Y), width, height: HEIGHT }
}

function shifted(nodes: readonly Node[], boxes: Map<string, Box>, columns: number, rows: number, width: number): Scene {
  const top = Math.min(0, ...[...boxes.values()].map((box) => box.y))
  for (const box of boxes.values()) box.y -= top
  return {
    boxes: [...boxes.values()],
    edges: edgesOf(nodes, boxes),
    width: Math.max(columns * (width + GAP_X) - GAP_X, width),
    height: Math.max(rows * (HEIGHT + GAP_Y), HEIGHT),
    unit: 'none',
  }
}

function middle(node: Node, places: ReadonlyMap<string, number>): number {
  const known = node.parents.flatMap((parent) => places.get(parent) ?? [])
  return known.length ? known.reduce((sum, place) => sum + place, 0) / known.length : 0
}

/** Nodes by their depth. Where dependencies go in a circle, the one that began first counts as the beginning. */
export function layersOf(nodes: readonly Node[]): Node[][] {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const depths = new Map<string, number>()
  for (const node of [...nodes].sort((a, b) => a.start - b.start)) measure(node, byId, depths)
  const layers: Node[][] = []
  for (const node of nodes) (layers[depths.get(node.id) ?? 0] ??= []).push(node)
  return layers.filter(Boolean)
}

/** Set the depth of a node and of all that it waits for, without recursion: chains may be long. */
function measure(node: Node, byId: ReadonlyMap<string, Node>, depths: Map<string, number>): void {
  const waiting = [node]
  const entered = new Set<string>()
  for (let last = waiting.at(-1); last; last = waiting.at(-1)) {
    const open = last.parents.flatMap((id) => (depths.has(id) || entered.has(id) ? [] : (byId.get(id) ?? [])))
    entered.add(last.id)
    if (open.length) {
      waiting.push(...open)
      continue
    }
    waiting.pop()
    const above = last.parents.flatMap((id) => depths.get(id) ?? [])
    depths.set(last.id, depths.get(last.id) ?? (above.length ? Math.max(...above) + 1 : 0))
  }
}
