/** How things stand with a flow or deployment: its last runs. */

import type { StateType } from './states'

export interface LatestRun {
  id: string
  name: string
  stateType: StateType
  stateName: string
  at: number | null
  seconds: number
}

/** The last runs, the latest first; how many of the last fifty ended, and how many of those well; the usual lateness in seconds. */
export interface Standing {
  runs: LatestRun[]
  ended: number
  completed: number
  lateness: number | null
}

/** A lateness of so many seconds is worth a word. */
const WORTH_A_WORD = 1

/** How many of a hundred runs completed, and how late they usually begin where that is worth a word. */
export function rates({ ended, completed, lateness }: Standing): { share: number | null; late: number | null } {
  return { share: ended ? Math.floor((100 * completed) / ended) : null, late: lateness !== null && lateness >= WORTH_A_WORD ? lateness : null }
}
