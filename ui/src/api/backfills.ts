/** What the pages ask of backfills, and what they change. */

import type { Backfill, BackfillPreview, WantedBackfill } from '../domain/backfills'
import { post, remove } from './ask'
import { backfill, moment, wireTiming, type Wire } from './convert'

const MOST_SHOWN = 20

/** The latest backfills of a deployment. */
export async function listBackfills(deploymentId: string, signal?: AbortSignal): Promise<Backfill[]> {
  const body = { deployment_id: deploymentId, limit: MOST_SHOWN }
  return (await post<Wire['BackfillResponse'][]>('/backfills/filter', body, signal)).map(backfill)
}

const written = (wanted: WantedBackfill) => ({
  deployment_id: wanted.deploymentId,
  start: new Date(wanted.start).toISOString(),
  end: new Date(wanted.end).toISOString(),
  ...(wanted.timing ? { schedule: wireTiming(wanted.timing) } : { schedule_id: wanted.scheduleId }),
  order: wanted.order,
  max_active: wanted.maxActive,
  again: wanted.again,
  parameters: wanted.parameters,
  work_queue_name: wanted.queueName,
  tags: wanted.tags,
  job_variables: wanted.jobVariables,
})

/** The slots that a backfill would have. Throws a `Problem` that says what is wrong with it. */
export async function previewBackfill(wanted: WantedBackfill, signal?: AbortSignal): Promise<BackfillPreview> {
  const { count, first, last } = await post<Wire['BackfillPreview']>('/backfills/preview', written(wanted), signal)
  return { count, first: moment(first), last: moment(last) }
}

export const createBackfill = (wanted: WantedBackfill) => post<Wire['BackfillResponse']>('/backfills/', written(wanted))
export const pauseBackfill = (id: string) => post(`/backfills/${id}/pause`)
export const resumeBackfill = (id: string) => post(`/backfills/${id}/resume`)
export const cancelBackfill = (id: string) => post(`/backfills/${id}/cancel`)
export const retryBackfill = (id: string) => post(`/backfills/${id}/retry`)
export const deleteBackfill = (id: string) => remove(`/backfills/${id}`)
