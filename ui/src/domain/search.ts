/**
 * The search language of the runs page: `state:failed flow:etl tag:prod since:2d nightly`.
 *
 * Words with a known key are conditions, all others are looked for in the names of runs. A text in quotes is one word.
 */

import { typesNamed } from './states'

export interface Search {
  words: string[]
  states: string[]
  flows: string[]
  deployments: string[]
  pools: string[]
  tags: string[]
  /** Milliseconds since 1970. */
  since: number | null
  until: number | null
  subflows: boolean | null
  /** What was not understood. */
  faults: string[]
}

const KEYS = ['state', 'flow', 'deployment', 'pool', 'tag', 'since', 'until', 'subflows'] as const
type Key = (typeof KEYS)[number]
const UNITS: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }

export function parse(text: string, now: number): Search {
  const search: Search = { words: [], states: [], flows: [], deployments: [], pools: [], tags: [], since: null, until: null, subflows: null, faults: [] }
  for (const [key, value] of terms(text)) {
    if (key === null) search.words.push(value)
    else if (value) take(search, key, value, now)
  }
  return search
}

function terms(text: string): [Key | null, string][] {
  return [...text.matchAll(/(?:(\w+):)?(?:"([^"]*)"?|(\S+))/g)].map((found) => {
    const key = KEYS.find((known) => known === found[1]?.toLowerCase()) ?? null
    const value = found[2] ?? found[3] ?? ''
    return key === null && found[1] ? [null, found[0]] : [key, value]
  })
}

function take(search: Search, key: Key, value: string, now: number): void {
  switch (key) {
    case 'state':
      search.states.push(value)
      break
    case 'flow':
      search.flows.push(value)
      break
    case 'deployment':
      search.deployments.push(value)
      break
    case 'pool':
      search.pools.push(value)
      break
    case 'tag':
      search.tags.push(value)
      break
    case 'subflows':
      search.subflows = value === 'yes' ? true : value === 'no' ? false : null
      break
    default: {
      const at = momentOf(value, now)
      if (at === null) search.faults.push(`${key}:${value}`)
      else search[key] = at
    }
  }
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
  const runs: Record<string, unknown> = {}
  const types = [...new Set(search.states.flatMap(typesNamed))]
  const names = search.states.filter((word) => !typesNamed(word).length).map(titled)
  if (types.length) runs['state'] = { type: { any_: types } }
  else if (names.length) runs['state'] = { name: { any_: names } }
  if (search.words.length) runs['name'] = { like_: search.words.join(' ') }
  if (search.tags.length) runs['tags'] = { all_: search.tags }
  if (search.since !== null || search.until !== null) runs['expected_start_time'] = between(search)
  if (search.subflows !== null) runs['parent_task_run_id'] = { is_null_: !search.subflows }
  return {
    ...(Object.keys(runs).length ? { flow_runs: runs } : {}),
    ...(search.flows.length ? { flows: called(search.flows) } : {}),
    ...(search.deployments.length ? { deployments: called(search.deployments) } : {}),
    ...(search.pools.length ? { work_pools: { name: { any_: search.pools } } } : {}),
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
  const known = ['Late', 'Waiting', 'Resuming', 'AwaitingRetry', 'AwaitingConcurrencySlot', 'Retrying', 'Cached', 'Skipped', 'RolledBack', 'TimedOut', 'Suspended']
  const plain = word.replace(/[^a-z]/gi, '').toLowerCase()
  return known.find((name) => name.toLowerCase() === plain) ?? word
}

/** The text of a search with one condition set anew, or taken away by an empty value. */
export function withTerm(text: string, key: Key, value: string): string {
  const kept = terms(text).filter(([known]) => known !== key)
  const words = kept.map(([known, word]) => (known ? `${known}:${quoted(word)}` : quoted(word)))
  return [...words, ...(value ? [`${key}:${quoted(value)}`] : [])].join(' ')
}

/** What a search says under a key first, or an empty text. */
export function termOf(text: string, key: Key): string {
  return terms(text).find(([known]) => known === key)?.[1] ?? ''
}

const quoted = (word: string) => (/\s/.test(word) ? `"${word}"` : word)

/** A condition as one would type it. */
export const named = (key: Key, value: string): string => `${key}:${quoted(value)}`
