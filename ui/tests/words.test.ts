import { expect, test } from 'vitest'

const FILES = import.meta.glob<string>('../src/words/*.ts', { query: '?raw', import: 'default', eager: true })
const PAIR = /^ {2}'([\w.-]+)': \[(?:'((?:[^'\\]|\\.)*)'|"[^"]*"), (?:'((?:[^'\\]|\\.)*)'|"[^"]*")\],?$/gm
/** Names that are the same in every language. */
const ALIKE = /^(API|JSON|SQLite|PostgreSQL|[A-Z_]+=?.*|\{\w+\} ×|\{.*\})$/

test('every word of the pages is said in 中文, too', () => {
  const pairs = Object.values(FILES).flatMap((text) => [...text.matchAll(PAIR)].map(([, name, , chinese = '']) => ({ name, chinese })))

  expect(pairs.length).toBeGreaterThan(500)
  expect(pairs.filter(({ chinese }) => !/\p{Script=Han}/u.test(chinese) && !ALIKE.test(chinese))).toEqual([])
})
