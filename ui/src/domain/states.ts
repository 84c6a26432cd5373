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

/** Types that a name in a search may mean: those of that name or whose name begins so. */
export function typesNamed(word: string): StateType[] {
  const wanted = word.toUpperCase()
  const exact = TYPES.filter((type) => type === wanted)
  return exact.length ? exact : TYPES.filter((type) => wanted && type.startsWith(wanted))
}

const PREAMBLE = /^(Flow|Task) run encountered an exception:?\s+/

/** Why a run failed, in a line: what its state says, without the words that all of them begin with. */
export const reasonOf = (message: string): string => (message.replace(PREAMBLE, '').split('\n')[0] ?? '').trim()

/** The name of the plain state of a type, as it is written: `Completed`. */
export const nameOfType = (type: StateType): string => type.charAt(0) + type.slice(1).toLowerCase()
