/** What the pages ask of events. */

import { SPANS, type Event, type Span } from '../domain/events'
import { get, post } from './ask'
import type { Wire } from './convert'

export interface Asked {
  span: Span
  from: string
  until: string
  kind: string
  resource: string
  text: string
}

export interface Page {
  events: Event[]
  total: number
  /** Where the older ones are. */
  next: string
}

export interface Bar {
  from: string
  until: string
  count: number
}

function event(wire: Wire['ReceivedEvent']): Event {
  return {
    id: wire.id,
    name: wire.event,
    occurred: Date.parse(wire.occurred),
    resource: wire.resource,
    related: wire.related ?? [],
    payload: wire.payload ?? {},
    follows: wire.follows ?? null,
  }
}

function filterOf(asked: Asked): Record<string, unknown> {
  const since = asked.from || new Date(Date.now() - SPANS[asked.span].ms).toISOString()
  return {
    occurred: { since, ...(asked.until ? { until: asked.until } : {}) },
    ...(asked.kind ? { event: { prefix: [asked.kind] } } : {}),
    ...(asked.resource ? { any_resource: { id: [asked.resource] } } : {}),
    ...(asked.text ? { text: { query: asked.text } } : {}),
  }
}

/** The latest events that are meant; with a token those behind a page. */
export async function eventsPage(asked: Asked, token: string, signal?: AbortSignal): Promise<Page> {
  const page = token
    ? await get<Wire['EventPage']>(`/events/filter/next?page-token=${encodeURIComponent(token)}`, signal)
    : await post<Wire['EventPage']>('/events/filter', { filter: filterOf(asked), limit: 50 }, signal)
  const next = page.next_page ? (new URL(page.next_page, location.href).searchParams.get('page-token') ?? '') : ''
  return { events: page.events.map(event), total: page.total, next }
}

/** How many events there were in each stretch of time. */
export async function eventBars(asked: Asked, signal?: AbortSignal): Promise<Bar[]> {
  const { unit, interval } = SPANS[asked.span]
  const body = { filter: filterOf({ ...asked, from: '', until: '' }), time_unit: unit, time_interval: interval }
  const counted = await post<Wire['EventCount'][]>('/events/count-by/time', body, signal)
  return counted.map((one) => ({ from: one.start_time, until: one.end_time, count: one.count }))
}

/** The event of that id, or undefined. */
export async function readEvent(id: string, signal?: AbortSignal): Promise<Event | undefined> {
  const filter = { id: { id: [id] }, occurred: { since: '1970-01-01T00:00:00Z' } }
  const page = await post<Wire['EventPage']>('/events/filter', { filter, limit: 1 }, signal)
  return page.events.map(event)[0]
}
