/** Events: that something happened to a resource, which others have a part in. */

export type Labels = Readonly<Record<string, string>>

export interface Event {
  id: string
  name: string
  occurred: number
  resource: Labels
  related: readonly Labels[]
  payload: Record<string, unknown>
  follows: string | null
}

export const ID = 'prefect.resource.id'
export const NAME = 'prefect.resource.name'
export const ROLE = 'prefect.resource.role'

/** How long back the feed looks, and how long one bar of its chart is. */
export const SPANS = {
  '1h': { ms: 3_600_000, unit: 'minute', interval: 1 },
  '1d': { ms: 86_400_000, unit: 'minute', interval: 30 },
  '7d': { ms: 7 * 86_400_000, unit: 'hour', interval: 3 },
} as const

export type Span = keyof typeof SPANS

/** What events can be about, by how their names begin. */
export const KINDS = {
  '': 'events.kind.all',
  'prefect.flow-run.': 'events.kind.flowRuns',
  'prefect.task-run.': 'events.kind.taskRuns',
  'prefect.deployment.': 'events.kind.deployments',
  'prefect.work-': 'events.kind.pools',
  'prefect.automation.': 'events.kind.automations',
  'prefect.asset.': 'events.kind.assets',
  'prefect.block': 'events.kind.blocks',
} as const

/** How people call a resource. */
export const nameOf = (labels: Labels): string => labels[NAME] ?? labels[ID] ?? ''

/** The page that shows a resource, or undefined. */
export function pathOf(labels: Labels): string | undefined {
  const [, kind, ...rest] = (labels[ID] ?? '').split('.')
  const id = rest.join('.')
  if (!labels[ID]?.startsWith('prefect.') || !id) return undefined
  if (kind === 'work-pool') return labels[NAME] && `/work-pools/work-pool/${encodeURIComponent(labels[NAME])}`
  const place = PLACES[kind ?? '']
  return place && place + id
}

const PLACES: Readonly<Record<string, string>> = {
  'flow-run': '/runs/flow-run/',
  'task-run': '/runs/task-run/',
  flow: '/flows/flow/',
  deployment: '/deployments/deployment/',
  'block-document': '/blocks/block/',
}

/** The page that shows an event. */
export const pathOfEvent = (event: Event): string => `/events/event/${new Date(event.occurred).toISOString().slice(0, 10)}/${event.id}`

/** The state of which an event tells, in small letters as colours know it, or undefined. */
export const stateOf = (event: Event): string | undefined => event.resource['prefect.state-type']
