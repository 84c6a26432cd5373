/** What the pages ask of variables, and what they change. */

import type { Variable } from '../domain/variables'
import { patch, post, remove } from './ask'
import { variable, type Wire } from './convert'
import type { Filters } from './runs'

export const listVariables = async (filters: Filters, signal?: AbortSignal): Promise<Variable[]> =>
  (await post<Wire['Variable'][]>('/variables/filter', filters, signal)).map(variable)

export const countVariables = (filters: Filters, signal?: AbortSignal) => post<number>('/variables/count', filters, signal)

/** A variable without an id is new. */
export async function saveVariable(id: string, values: Pick<Variable, 'name' | 'value' | 'tags'>): Promise<void> {
  if (id) await patch(`/variables/${id}`, values)
  else await post('/variables/', values)
}

export const deleteVariable = (id: string) => remove(`/variables/${id}`)
