/** What the pages ask of concurrency limits, and what they change. */

import type { Limit, LimitFields, Occupation } from '../domain/limits'
import { patch, post, remove } from './ask'
import { limit, occupant, type Wire } from './convert'

interface Wanted {
  tags: boolean
  like: string
}

export const listLimits = async (wanted: Wanted & { limit: number; offset: number }, signal?: AbortSignal): Promise<Limit[]> =>
  (await post<Wire['ShownLimit'][]>('/slots/limits/filter', wanted, signal)).map(limit)

export const countLimits = (wanted: Wanted, signal?: AbortSignal) => post<number>('/slots/limits/count', wanted, signal)

/** Who holds slots of some limits, and who waits for them. */
export async function readOccupation(names: readonly string[], signal?: AbortSignal): Promise<Occupation> {
  if (!names.length) return { holders: [], waiters: [] }
  const told = await post<Wire['Occupation']>('/slots/filter', { names }, signal)
  return { holders: told.holders.map(occupant), waiters: told.waiters.map(occupant) }
}

/** A limit without an id is new. */
export async function saveLimit(id: string, fields: LimitFields): Promise<void> {
  const body = { name: fields.name, limit: fields.limit, slot_decay_per_second: fields.pace, active: fields.isActive }
  if (id) await patch(`/v2/concurrency_limits/${id}`, body)
  else await post('/v2/concurrency_limits/', body)
}

export const deleteLimit = (id: string) => remove(`/v2/concurrency_limits/${id}`)

/** Take slots away from who holds them, or somebody out of the line. */
export const endSlots = (lease: string) => remove(`/slots/${lease}`)
