/** What the pages ask of automations, and what they change. */

import type { Action, Automation, Firing, Trial, Trigger } from '../domain/automations'
import { get, patch, post, remove } from './ask'
import { moment, type Wire } from './convert'
import type { Filters } from './runs'

function automation(wire: Wire['Automation']): Automation {
  return {
    id: wire.id,
    name: wire.name,
    description: wire.description,
    isOn: wire.enabled,
    tags: wire.tags,
    trigger: wire.trigger as unknown as Trigger,
    actions: [...wire.actions, ...wire.actions_on_trigger, ...wire.actions_on_resolve] as unknown as Action[],
  }
}

function fired(wire: Wire['ShownFiring']): Omit<Firing, 'id' | 'actions'> {
  const event = wire.event
  const named = (labels: Record<string, string>) => labels['prefect.resource.name'] ?? labels['prefect.resource.id'] ?? ''
  return { at: moment(wire.fired), cause: event ? { event: event.event, resource: named(event.resource), at: moment(event.occurred) } : null }
}

export const listAutomations = async (filters: Filters, signal?: AbortSignal): Promise<Automation[]> =>
  (await post<Wire['Automation'][]>('/automations/filter', filters, signal)).map(automation)

export const countAutomations = (filters: Filters, signal?: AbortSignal) => post<number>('/automations/count', filters, signal)
export const readAutomation = async (id: string, signal?: AbortSignal): Promise<Automation> => automation(await get<Wire['Automation']>(`/automations/${id}`, signal))
export const turnAutomation = (id: string, isOn: boolean) => patch(`/automations/${id}`, { enabled: isOn })
export const deleteAutomation = (id: string) => remove(`/automations/${id}`)

export const createAutomation = async (name: string, trigger: Trigger, actions: Action[]): Promise<string> =>
  (await post<Wire['Automation']>('/automations/', { name, trigger, actions })).id

export const listFirings = async (id: string, signal?: AbortSignal): Promise<Firing[]> =>
  (await get<Wire['RecordedFiring'][]>(`/ui/automations/${id}/firings?limit=50`, signal)).map((wire) => ({
    ...fired(wire),
    id: wire.id,
    actions: wire.actions.map(({ type, status, reason }) => ({ type, status, reason })),
  }))

export async function tryTrigger(trigger: Trigger): Promise<Trial> {
  const found = await post<Wire['TriedAutomation']>('/ui/automations/try', { trigger })
  return { count: found.count, events: found.events, concerning: found.concerning, firings: found.firings.map(fired) }
}
