/** The nodes of a run's graph, as timeline and dependency graph lay them out. */

import type { StateType } from '../domain/states'
import type { Box, Edge } from './scene'

/** A task run or a subflow run. Moments are milliseconds since 1970. */
export interface Node {
  id: string
  label: string
  kind: 'task-run' | 'flow-run'
  type: StateType
  start: number
  end: number | null
  parents: string[]
  /** Where it was run more than once, each time: the last of them has no end as long as it runs. */
  tries?: Try[]
  /** What it left for people to look at. */
  artifacts?: Mark[]
}

/** One of several times that a task was run. */
export interface Try {
  start: number
  end: number | null
  type: StateType
}

/** An artifact at the moment when it was made. */
export interface Mark {
  id: string
  label: string
  at: number
}

/** The dependencies between boxes that both exist. */
export function edgesOf(nodes: readonly Node[], boxes: ReadonlyMap<string, Box>): Edge[] {
  return nodes.flatMap((node) => {
    return node.parents.flatMap((parent) => {
      const [from, to] = [boxes.get(parent), boxes.get(node.id)]
      return from && to ? [{ from, to }] : []
    })
  })
}
