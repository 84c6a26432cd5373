/**
 * The search language of the runs page: `state:failed flow:etl tag:prod since:2d nightly`.
 *
 * Words with a known key are conditions, all others are looked for in the names of runs. A text in quotes is one word.
 * What has a minus before it is left out: `-flow:health -tag:test`.
 */

import { NAMES, typesNamed } from './states'

/** Texts under the keys that may be said more than once. */
export interface Said {
  words: string[]
  states: string[]
  flows: string[]
  deployments: string[]
  pools: string[]
  tags: string[]
}

export interface Search extends Said {
  /** What is left out. */
  but: Said
  /** Milliseconds since 1970. */
  since: number | null
  until: number | null
  subflows: boolean | null
  /** What was not understood. */
  faults: string[]
  /** States that Tidemill does not know; programs may have made them up. */
  strange: string[]
}

const KEYS = ['state', 'flow', 'deployment', 'pool', 'tag', 'since', 'until', 'subflows'] as const
type Key = (typeof KEYS)[number]
const LISTED = { state: 'states', flow: 'flows', deployment: 'deployments', pool: 'pools', tag: 'tags' } as const
const UNITS: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }

const nothing = (): Said => ({ words: [], states: [], flows: [], deployments: [], pools: [], tags: [] })

export function parse(text: string, now: number): Search {
  const search: Search = { ...nothing(), but: nothing(), since: null, until: null, subflows: null, faults: [], strange: [] }
  for (const { key, value, isNot } of terms(text)) {
    if (key === null) (isNot ? search.but : search).words.push(value)
    else if (value) take(search, key, value, isNot, now)
  }
  return search
}

interface Term {
  key: Key | null
  value: string
  isNot: boolean
}

function terms(text: string): Term[] {
  return [...text.matchAll(/(-(?=\S))?(?:(\w+):)?(?:"([^"]*)"?|(\S+))/g)].map((found) => {
    const key = KEYS.find((known) => known === found[2]?.toLowerCase()) ?? null
    const value = found[3] ?? found[4] ?? ''
    const isNot = Boolean(found[1])
    return key === null && found[2] ? { key: null, value: found[0].slice(isNot ? 1 : 0), isNot } : { key, value, isNot }
  })
}

function take(search: Search, key: Key, value: string, isNot: boolean, now: number): void {
  if (key in LISTED) {
    ;(isNot ? search.but : search)[LISTED[key as keyof typeof LISTED]].push(value)
    if (key === 'state' && !typesNamed(value).length && !NAMES.includes(titled(value))) search.strange.push(value)
    return
  }
  const at = key === 'since' || key === 'until' ? momentOf(value, now) : null
  if (isNot) search.faults.push(`-${key}:${value}`)
  else if (key === 'subflows' && ['yes', 'no'].includes(value)) search.subflows = value === 'yes'
  else if ((key === 'since' || key === 'until') && at !== null) search[key] = at
  else search.faults.push(`${key}:${value}`)
}

/** A moment: `2d` is two days ago, `2026-11-24` or `2026-11-24T08:00` is that time here. */
export function momentOf(text: string, now: number): number | null {
  const ago = /^(\d+(?:\.\d+)?)([smhdw])$/.exec(text)
  if (ago) return now - Number(ago[1]) * (UNITS[ago[2] ?? ''] ?? 0) * 1_000
  const at = Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00` : text)
  return Number.isNaN(at) ? null : at
}

/** The search as the filters of the API. */
export function filters(search: Search): Record<string, unknown> {
  const { but } = search
  const runs: Record<string, unknown> = {
    ...states(search.states, but.states),
    ...some('name', search.words.length ? { like_: search.words.join(' ') } : {}, but.words.length ? { not_like_: but.words } : {}),
    ...some('tags', search.tags.length ? { all_: search.tags } : {}, but.tags.length ? { not_any_: but.tags } : {}),
    ...some('deployment_id', but.deployments.some(isId) ? { not_any_: but.deployments.filter(isId) } : {}),
    ...some('work_pool_name', but.pools.length ? { not_any_: but.pools } : {}),
    ...some('deployment_name', but.deployments.some(isName) ? { not_like_: but.deployments.filter(isName) } : {}),
    ...(search.since !== null || search.until !== null ? { expected_start_time: between(search) } : {}),
    ...(search.subflows !== null ? { parent_task_run_id: { is_null_: !search.subflows } } : {}),
  }
  const flows = { ...called(search.flows), ...(but.flows.length ? notCalled(but.flows, search.flows) : {}) }
  return {
    ...some('flow_runs', runs),
    ...some('flows', flows),
    ...(search.deployments.length ? { deployments: called(search.deployments) } : {}),
    ...(search.pools.length ? { work_pools: { name: { any_: search.pools } } } : {}),
  }
}

/** Conditions under a name, where there are any. */
function some(name: string, ...conditions: Record<string, unknown>[]): Record<string, unknown> {
  const all = Object.assign({}, ...conditions) as Record<string, unknown>
  return Object.keys(all).length ? { [name]: all } : {}
}

/** States that are wanted and those that are not, by type where a type is meant and by name otherwise. */
function states(wanted: readonly string[], unwanted: readonly string[]): Record<string, unknown> {
  const [types, names] = typesAndNames(wanted)
  const [noTypes, noNames] = typesAndNames(unwanted)
  const type = { ...(types.length ? { any_: types } : {}), ...(noTypes.length ? { not_any_: noTypes } : {}) }
  const name = { ...(!types.length && names.length ? { any_: names } : {}), ...(noNames.length ? { not_any_: noNames } : {}) }
  return some('state', some('type', type), some('name', name))
}

const typesAndNames = (words: readonly string[]) => [[...new Set(words.flatMap(typesNamed))], words.filter((word) => !typesNamed(word).length).map(titled)] as const

/** What leaves flows out, by name or id, beside what is asked of their names. */
function notCalled(texts: readonly string[], wanted: readonly string[]): Record<string, unknown> {
  const [ids, names] = [texts.filter(isId), texts.filter(isName)]
  const asked = called([...wanted]) as { id?: object; name?: object }
  return {
    ...(ids.length ? { id: { ...asked.id, not_any_: ids } } : {}),
    ...(names.length ? { name: { ...asked.name, not_like_: names } } : {}),
  }
}

function between({ since, until }: Search): Record<string, string> {
  return {
    ...(since === null ? {} : { after_: new Date(since).toISOString() }),
    ...(until === null ? {} : { before_: new Date(until).toISOString() }),
  }
}

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
export const isId = (text: string): boolean => ID.test(text)
const isName = (text: string): boolean => !isId(text)

/** What names and ids of flows or deployments ask for; a name alone may be a part of one. */
function called(texts: string[]): Record<string, unknown> {
  const [ids, names] = [texts.filter(isId), texts.filter((text) => !isId(text))]
  return {
    ...(ids.length ? { id: { any_: ids } } : {}),
    ...(names.length ? { name: names.length === 1 ? { like_: names[0] } : { any_: names } } : {}),
  }
}

/** A state's name as it is written: `timedout` and `timed-out` are `TimedOut`. */
function titled(word: string): string {
  const plain = word.replace(/[^a-z]/gi, '').toLowerCase()
  return NAMES.find((name) => name.toLowerCase() === plain) ?? word
}

/** The text of a search with one condition set anew, or taken away by an empty value. */
export function withTerm(text: string, key: Key, value: string): string {
  const kept = terms(text).filter((term) => term.key !== key || term.isNot)
  const words = kept.map((term) => `${term.isNot ? '-' : ''}${term.key ? `${term.key}:` : ''}${quoted(term.value)}`)
  return [...words, ...(value ? [`${key}:${quoted(value)}`] : [])].join(' ')
}

/** What a search says under a key first, or an empty text. */
export function termOf(text: string, key: Key): string {
  return terms(text).find((term) => term.key === key && !term.isNot)?.value ?? ''
}

const quoted = (word: string) => (/\s/.test(word) ? `"${word}"` : word)

/** A condition as one would type it. */
export const named = (key: Key, value: string): string => `${key}:${quoted(value)}`
