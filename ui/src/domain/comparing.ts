/** Two runs side by side: what differs in what they were given, and how long each of their tasks took. */

import type { TaskRun } from './runs'
import { worstOf, type StateType } from './states'

/** A name with its values on both sides; undefined where a side has none. */
export interface Pair {
  name: string
  a: unknown
  b: unknown
  differs: boolean
}

/** The values of two records by their names, those that differ first. */
export function pairsOf(a: Record<string, unknown>, b: Record<string, unknown>): Pair[] {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])]
  const pairs = names.map((name) => ({ name, a: a[name], b: b[name], differs: written(a[name]) !== written(b[name]) }))
  return [...pairs.filter((pair) => pair.differs), ...pairs.filter((pair) => !pair.differs)]
}

/** A value as JSON in which the order of names does not matter. */
function written(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (isRecord(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part)) ?? ''
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The runs of one task in one flow run: how many, how long in all, and the worst state among them. */
export interface Share {
  count: number
  seconds: number
  worst: StateType
  /** The only run, or the first that ended badly, or the longest. */
  id: string
}

export interface TaskPair {
  key: string
  name: string
  a: Share | null
  b: Share | null
}

/** The tasks of two flow runs, those whose durations differ most first. */
export function taskPairs(a: readonly TaskRun[], b: readonly TaskRun[]): TaskPair[] {
  const [left, right] = [byTask(a), byTask(b)]
  const keys = [...new Set([...left.keys(), ...right.keys()])]
  const pairs = keys.map((key) => {
    const [ofA, ofB] = [left.get(key), right.get(key)]
    return { key, name: nameOf((ofA ?? ofB)?.[0]), a: ofA ? shareOf(ofA) : null, b: ofB ? shareOf(ofB) : null }
  })
  return pairs.sort((one, other) => Math.abs(growth(other)) - Math.abs(growth(one)))
}

/** By how many seconds a task took longer in the second run. */
export const growth = ({ a, b }: Pick<TaskPair, 'a' | 'b'>): number => (b?.seconds ?? 0) - (a?.seconds ?? 0)

function byTask(runs: readonly TaskRun[]): Map<string, TaskRun[]> {
  const tasks = new Map<string, TaskRun[]>()
  for (const run of runs) tasks.set(run.taskKey, [...(tasks.get(run.taskKey) ?? []), run])
  return tasks
}

/** A task's name: that of a run without the part that tells it from the others. */
const nameOf = (run: TaskRun | undefined): string => run?.name.replace(/-[^-]*$/, '') ?? ''

function shareOf(runs: readonly TaskRun[]): Share {
  const worst = worstOf(runs.map((run) => run.state.type)) ?? 'PENDING'
  const longest = runs.reduce((one, other) => (other.seconds > one.seconds ? other : one))
  const shown = worst === 'COMPLETED' ? longest : runs.find((run) => run.state.type === worst)
  return { count: runs.length, seconds: runs.reduce((sum, run) => sum + run.seconds, 0), worst, id: (shown ?? longest).id }
}
