/** The states of runs: their types, whether they end a run, and where they belong among the rest. */

export const TYPES = ['COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED', 'CANCELLING', 'RUNNING', 'PENDING', 'SCHEDULED', 'PAUSED'] as const
export type StateType = (typeof TYPES)[number]

export interface State {
  type: StateType
  name: string
  message: string
  /** Milliseconds since 1970, as all moments here. */
  at: number
}

const FINAL: ReadonlySet<StateType> = new Set(['COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED'])
const BAD: ReadonlySet<StateType> = new Set(['FAILED', 'CRASHED'])

export const isFinal = (type: StateType): boolean => FINAL.has(type)
export const isBad = (type: StateType): boolean => BAD.has(type)

const WORST_FIRST: readonly StateType[] = ['FAILED', 'CRASHED', 'RUNNING', 'CANCELLING', 'PENDING', 'PAUSED', 'CANCELLED', 'COMPLETED', 'SCHEDULED']

/** Of some states the one that a person should see first; null of none. */
export const worstOf = (types: readonly StateType[]): StateType | null => WORST_FIRST.find((type) => types.includes(type)) ?? null

/** The names of states that are no types. */
export const NAMES = ['Late', 'Waiting', 'Resuming', 'AwaitingRetry', 'AwaitingConcurrencySlot', 'Retrying', 'NotReady', 'Cached', 'Skipped', 'RolledBack', 'TimedOut', 'Suspended']

/** Types that a name in a search may mean: those of that name or whose name begins so. */
export function typesNamed(word: string): StateType[] {
  const wanted = word.toUpperCase()
  const exact = TYPES.filter((type) => type === wanted)
  return exact.length ? exact : TYPES.filter((type) => wanted && type.startsWith(wanted))
}

const PREAMBLE = /^(Flow|Task) run encountered an exception:?\s+/

/** Where one run waited for another: how that ended is the reason. */
const WAITED = /^[^\n]*did not reach a 'COMPLETED' state\. It ended as \w+: /

/** Why a run failed, in a line: what its state says, without the words that all of them begin with. */
export const reasonOf = (message: string): string => (message.replace(WAITED, '').replace(PREAMBLE, '').split('\n')[0] ?? '').trim()

/** Whether a message only says that something else went wrong: a task that did not begin, or some of many runs. */
export const isEcho = (message: string): boolean => /UnfinishedRun|UpstreamTaskError|\d+\/\d+ states (are not final|failed)/.test(message)

/** The ids of the runs for which a run waited in vain, as its message names them. */
export const upstreamIn = (message: string): string[] => /Upstream task run '([0-9a-f-]{36})'/.exec(message)?.slice(1) ?? []

/** The name of the plain state of a type, as it is written: `Completed`. */
export const nameOfType = (type: StateType): string => type.charAt(0) + type.slice(1).toLowerCase()
