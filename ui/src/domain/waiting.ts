/** Why a run is not starting. */

export type Reason =
  | 'NONE'
  | 'NOT_DUE'
  | 'WAITING_FOR_RETRY'
  | 'NO_DEPLOYMENT'
  | 'POOL_PAUSED'
  | 'QUEUE_PAUSED'
  | 'DEPLOYMENT_LIMIT'
  | 'POOL_LIMIT'
  | 'QUEUE_LIMIT'
  | 'NOBODY_ASKS'
  | 'CLAIMED'
  | 'ABOUT_TO_START'

/** What a run waits for, a sentence in English that says so, and when that ends, if it is known. */
export interface Waiting {
  reason: Reason
  message: string
  until: number | null
}
