/** Why a run is not starting, in the viewer's language; the server says it in English. */

import { choices } from '../choices.svelte'
import type { Reason, Waiting } from '../domain/waiting'
import { absolute } from '../domain/time'
import { t } from '.'

interface Place {
  deploymentName: string
  poolName: string | null
  queueName: string | null
}

/** Why a run at some place is not starting; the server's own sentence, which says more, where the viewer reads English. */
export function waitingTold({ reason, message, until }: Waiting, place: Place): string {
  if (reason === 'NONE' || choices.language === 'en') return reason === 'NONE' ? '' : message
  const values = {
    until: until === null ? '' : absolute(until, choices.zone, choices.locale),
    deployment: place.deploymentName,
    pool: place.poolName ?? '',
    queue: place.queueName ?? '',
  }
  return t(wordOf(reason, place), values)
}

const wordOf = (reason: Exclude<Reason, 'NONE'>, { poolName }: Place) => (reason === 'NOBODY_ASKS' && poolName === null ? 'waiting.unserved' : (`waiting.${reason}` as const))
