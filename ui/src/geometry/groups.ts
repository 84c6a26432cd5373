/** Many runs of one task that waited for the same ones, as one node: "fetch × 2 500". */

import { isBad, worstOf } from '../domain/states'
import { layersOf } from './graph'
import type { Node } from './nodes'

/** So few runs are shown one by one. */
export const FEWEST = 6

/** A task's name: that of a run without the part that tells it from the others. */
export const taskOf = (label: string): string => label.replace(/-[^-]*$/, '')

/** Nodes of which some stand for many; `members` are those, by the id of the node that stands for them. */
export interface Grouped {
  nodes: Node[]
  members: Map<string, Node[]>
}

/** The nodes with the runs of a task that waited for the same ones in groups, but those groups that are open. */
export function grouped(nodes: readonly Node[], open: ReadonlySet<string>): Grouped {
  const groupOf = new Map<string, string>()
  const members = new Map<string, Node[]>()
  for (const node of layersOf(nodes).flat()) {
    const parents = [...new Set(node.parents.flatMap((parent) => groupOf.get(parent) ?? []))].sort()
    const key = `group:${node.kind}:${taskOf(node.label)}:${parents.join()}`
    groupOf.set(node.id, key)
    const of = members.get(key)
    if (of) of.push(node)
    else members.set(key, [node])
  }
  for (const [key, of] of members) if (of.length < FEWEST || open.has(key)) members.delete(key)
  const standsFor = (id: string): string => {
    const key = groupOf.get(id)
    return key && members.has(key) ? key : id
  }
  const single = nodes.filter((node) => standsFor(node.id) === node.id)
  const parentsOf = (of: readonly Node[]) => [...new Set(of.flatMap((node) => node.parents.map(standsFor)))]
  return {
    nodes: [...single.map((node) => ({ ...node, parents: parentsOf([node]) })), ...[...members].map(([key, of]) => ({ ...together(key, of), parents: parentsOf(of) }))],
    members,
  }
}

/** The one node for many, in the worst of their states. */
function together(id: string, of: readonly Node[]): Node {
  const [first] = of
  const ends = of.map((node) => node.end)
  return {
    id,
    label: `${taskOf(first?.label ?? '')} × ${of.length}`,
    kind: first?.kind ?? 'task-run',
    type: worstOf(of.map((node) => node.type)) ?? 'PENDING',
    start: Math.min(...of.map((node) => node.start)),
    end: ends.includes(null) ? null : Math.max(...ends.map((end) => end ?? 0)),
    parents: [],
  }
}

/** How many of some runs failed. */
export const failedOf = (of: readonly Node[]): number => of.filter((node) => isBad(node.type)).length

/**
 * The chain of runs that decided when all was over: the one that ended last, of those that it waited for the one that
 * ended last, and so on. What runs still has not ended yet.
 */
export function criticalPath(nodes: readonly Node[]): Set<string> {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const endOf = (node: Node) => node.end ?? Infinity
  const last = (of: readonly Node[]) => of.reduce<Node | undefined>((latest, node) => (latest && endOf(latest) >= endOf(node) ? latest : node), undefined)
  const path = new Set<string>()
  for (let node = last(nodes); node && !path.has(node.id); node = last(node.parents.flatMap((id) => byId.get(id) ?? []))) path.add(node.id)
  return path
}
