/** Automations: what has to happen, and what is done then. */

export interface Action {
  type: string
  [field: string]: unknown
}

export interface Trigger {
  type: string
  [field: string]: unknown
}

export interface Automation {
  id: string
  name: string
  description: string
  isOn: boolean
  tags: string[]
  trigger: Trigger
  actions: Action[]
}

export interface Cause {
  event: string
  resource: string
  at: number | null
}

export interface Firing {
  id: string
  at: number | null
  cause: Cause | null
  actions: { type: string; status: 'open' | 'executed' | 'failed'; reason: string | null }[]
}

export interface Trial {
  count: number
  events: number
  concerning: number
  firings: Omit<Firing, 'id' | 'actions'>[]
}

/** What is watched in the usual cases, and the names that it may enter. */
export const KINDS = {
  run: { resource: 'prefect.flow-run', names: ['Failed', 'Crashed', 'Completed', 'Running', 'Late', 'Pending', 'Cancelled', 'Paused', 'Suspended'] },
  deployment: { resource: 'prefect.deployment', names: ['not-ready', 'ready'] },
  pool: { resource: 'prefect.work-pool', names: ['not-ready', 'ready', 'paused'] },
  queue: { resource: 'prefect.work-queue', names: ['not-ready', 'ready', 'paused'] },
} as const
export type Kind = keyof typeof KINDS | 'custom'

const LEAST_SECONDS = 10

/** The trigger of a usual case: at once, or when something stays so for a time. */
export function usualTrigger(kind: keyof typeof KINDS, name: string, seconds: number, tag: string): Trigger {
  const { resource } = KINDS[kind]
  const shared = {
    type: 'event',
    match: { 'prefect.resource.id': `${resource}.*` },
    match_related: tag ? { 'prefect.resource.id': `prefect.tag.${tag}`, 'prefect.resource.role': 'tag' } : {},
    for_each: ['prefect.resource.id'],
  }
  const event = `${resource}.${name}`
  if (seconds <= 0) return { ...shared, posture: 'Reactive', expect: [event], threshold: 1, within: 0 }
  const others = KINDS[kind].names.filter((other) => other !== name).map((other) => `${resource}.${other}`)
  return { ...shared, posture: 'Proactive', after: [event], expect: others, threshold: 1, within: Math.max(seconds, LEAST_SECONDS) }
}

/** What a trigger waits for, in short. */
export function summary(trigger: Trigger): string {
  const parts = trigger['triggers']
  if (Array.isArray(parts)) return `${trigger.type}: ${(parts as Trigger[]).map(summary).join(', ')}`
  const named = (field: string) => ((trigger[field] as string[] | undefined) ?? []).join(', ')
  const within = Number(trigger['within'] ?? 0)
  const what = named('expect') || '*'
  if (trigger['posture'] === 'Proactive') return named('after') ? `${named('after')} → ${within} s` : `∅ ${what} · ${within} s`
  return `${Number(trigger['threshold'] ?? 1) > 1 ? `${Number(trigger['threshold'])} × ` : ''}${what}${within ? ` · ${within} s` : ''}`
}

/** JSON that somebody typed, or undefined. */
export function typedJson<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T
  } catch {
    return undefined
  }
}
