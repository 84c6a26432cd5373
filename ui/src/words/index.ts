/** The texts of the pages in both languages: `t('runs.title')`, `t('runs.chosen', { count: 3 })`. */

import { choices } from '../choices.svelte'
import { artifacts } from './artifacts'
import { assets } from './assets'
import { automations } from './automations'
import { backfills } from './backfills'
import { blocks } from './blocks'
import { common } from './common'
import { comparing } from './comparing'
import { deployments } from './deployments'
import { events } from './events'
import { flows } from './flows'
import { limits } from './limits'
import { pools } from './pools'
import { results } from './results'
import { runs } from './runs'
import { settings } from './settings'
import { telling } from './telling'
import { usual } from './usual'
import { variables } from './variables'
import { waiting } from './waiting'

export type Words = Record<string, readonly [english: string, chinese: string]>

const WORDS = { ...common, ...artifacts, ...automations, ...backfills, ...assets, ...runs, ...flows, ...events, ...deployments, ...pools, ...blocks, ...variables, ...limits, ...settings, ...telling, ...usual, ...comparing, ...results, ...waiting }

export type Word = keyof typeof WORDS

/** A text in the viewer's language, with values in place of `{names}`. */
export function t(word: Word, values: Record<string, string | number> = {}): string {
  const text: string = WORDS[word][choices.language === 'zh' ? 1 : 0]
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
}

/** How many there are, in words: `few(1, 'run')`, where the dictionary has `run.one` and `run.many`. */
export function few(count: number, noun: Counted): string {
  return t(`${noun}.${count === 1 ? 'one' : 'many'}` as Word, { count: count.toLocaleString(choices.locale) })
}

export type Counted = { [W in Word]: W extends `${infer Noun}.many` ? Noun : never }[Word]
