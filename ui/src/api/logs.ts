/** What the pages ask of log lines. */

import { phrase } from '../domain/phrases'
import type { Line } from '../domain/runs'
import { post } from './ask'
import { line, type Wire } from './convert'

/** Which lines are meant: of a flow run, of task runs, or those of a flow run that belong to none of its tasks. */
export interface Wanted {
  flowRunId?: string
  taskRunIds?: readonly string[]
  isOwn?: boolean
  level: number
  /** The beginning of the logger's name. */
  logger: string
  text: string
  isPattern: boolean
}

export type Side = 'from' | 'after' | 'before'

const MOST_IDS = 1_000

function filter(wanted: Wanted): Record<string, unknown> {
  const { flowRunId, taskRunIds, isOwn, level, logger, text, isPattern } = wanted
  return {
    ...(flowRunId ? { flow_run_id: { any_: [flowRunId] } } : {}),
    ...(taskRunIds ? { task_run_id: { any_: taskRunIds.slice(0, MOST_IDS) } } : {}),
    ...(isOwn ? { task_run_id: { is_null_: true } } : {}),
    ...(level ? { level: { ge_: level } } : {}),
    ...(logger ? { name: { startswith_: [logger] } } : {}),
    ...(text ? (isPattern ? { pattern: { matches_: text } } : { text: { query: phrase(text) } }) : {}),
  }
}

/** The nearest lines on one side of another, in the order of time; of none, the first ones, or the last ones `before`. */
export async function linesBeside(wanted: Wanted, side: Side, of: string | undefined, limit: number, signal?: AbortSignal): Promise<Line[]> {
  const body = { logs: filter(wanted), side, of: of ?? null, limit }
  return (await post<Wire['Log'][]>('/ui/logs/beside', body, signal)).map(line)
}

/** How many lines there are, and the place among them of the last until one. */
export const countLines = (wanted: Wanted, until: string | undefined, signal?: AbortSignal) =>
  post<Wire['LineCount']>('/ui/logs/count', { logs: filter(wanted), until: until ?? null }, signal)
