/** Assets: data that tasks make, as far as their events tell. */

import type { StateType } from './states'

export interface AssetAtAGlance {
  key: string
  name: string
  /** When it was made last; null for one that only others made. */
  made: number | null
  failed: number | null
  /** When something was told of it last. */
  told: number
  count: number
}

export interface RunNamed {
  id: string
  name: string
}

export interface Materialization {
  id: string
  at: number
  succeeded: boolean
  madeBy: string
  sources: string[]
  metadata: Record<string, unknown>
  flowRun: RunNamed | null
  taskRun: RunNamed | null
}

export interface Asset extends AssetAtAGlance {
  url: string
  description: string
  owners: string[]
  last: Materialization | null
  madeOf: string[]
}

export type Standing = 'right' | 'wrong' | 'outside'

/** Whether the last attempt to make it went well; one that is only used was made outside. */
export function standing({ made, failed }: Pick<AssetAtAGlance, 'made' | 'failed'>): Standing {
  if (made === null && failed === null) return 'outside'
  return failed !== null && (made === null || failed > made) ? 'wrong' : 'right'
}

/** The colour of an asset's standing is that of a state. */
export const hueOf = (of: Standing): StateType => ({ right: 'COMPLETED', wrong: 'FAILED', outside: 'PENDING' } as const)[of]

/** What people call it: its name, or else the last part of its key. */
export const called = ({ key, name }: Pick<AssetAtAGlance, 'key' | 'name'>) => name || (key.replace(/\/+$/, '').split('/').at(-1) ?? key)

export const pathOf = (key: string) => `/assets/asset?key=${encodeURIComponent(key)}`
