import { expect, test } from 'vitest'
import { filters, momentOf, parse, termOf, withTerm } from '../src/domain/search'

const NOON = Date.parse('2026-11-24T12:00:00Z')

test('words with a known key are conditions, others are looked for in names', () => {
  const search = parse('state:failed flow:etl tag:prod since:2d nightly "two words"', NOON)

  expect(search).toMatchObject({ states: ['failed'], flows: ['etl'], tags: ['prod'], words: ['nightly', 'two words'], faults: [] })
  expect(search.since).toBe(NOON - 2 * 86_400_000)
})

test('a search becomes the filters of the API', () => {
  expect(filters(parse('state:failed state:crashed flow:etl tag:a tag:b x', NOON))).toEqual({
    flow_runs: { state: { type: { any_: ['FAILED', 'CRASHED'] } }, name: { like_: 'x' }, tags: { all_: ['a', 'b'] } },
    flows: { name: { like_: 'etl' } },
  })
})

test('a state that is no type is a name', () => {
  expect(filters(parse('state:late', NOON))).toEqual({ flow_runs: { state: { name: { any_: ['Late'] } } } })
  expect(filters(parse('state:timed-out', NOON))).toEqual({ flow_runs: { state: { name: { any_: ['TimedOut'] } } } })
})

test('the beginning of a type is enough', () => {
  expect(filters(parse('state:comp', NOON))).toEqual({ flow_runs: { state: { type: { any_: ['COMPLETED'] } } } })
})

test('an empty search asks for everything', () => {
  expect(filters(parse('  ', NOON))).toEqual({})
})

test('what is no moment is told, and asks for nothing', () => {
  const search = parse('since:whenever', NOON)

  expect(search.faults).toEqual(['since:whenever'])
  expect(filters(search)).toEqual({})
})

test('a colon in a word that is no key belongs to the word', () => {
  expect(parse('http://x:80', NOON).words).toEqual(['http://x:80'])
})

test.each([
  ['90m', NOON - 5_400_000],
  ['1.5h', NOON - 5_400_000],
  ['2026-11-24T08:00Z', Date.parse('2026-11-24T08:00Z')],
  ['x', null],
])('the moment %s', (text, at) => {
  expect(momentOf(text, NOON)).toBe(at)
})

test('one condition is set anew, and the others stay', () => {
  expect(withTerm('state:failed "a b" tag:x', 'state', 'running')).toBe('"a b" tag:x state:running')
  expect(withTerm('state:failed a', 'state', '')).toBe('a')
  expect(termOf('a state:failed', 'state')).toBe('failed')
})

test('a flow or deployment may be meant by its id', () => {
  const id = '01a210a1-8c71-78f0-86be-bad716951b5e'

  expect(filters(parse(`deployment:${id} flow:etl`, NOON))).toEqual({ deployments: { id: { any_: [id] } }, flows: { name: { like_: 'etl' } } })
  expect(filters(parse(`flow:${id}`, NOON))).toEqual({ flows: { id: { any_: [id] } } })
})

test('a time of no seconds ago is now', () => {
  expect(momentOf('0s', NOON)).toBe(NOON)
})

test('what has a minus before it is left out', () => {
  const id = '01a210a1-8c71-78f0-86be-bad716951b5e'

  expect(filters(parse('-flow:health -tag:test -state:completed -state:late -nightly -deployment:x -pool:spare', NOON))).toEqual({
    flow_runs: {
      state: { type: { not_any_: ['COMPLETED'] }, name: { not_any_: ['Late'] } },
      name: { not_like_: ['nightly'] },
      tags: { not_any_: ['test'] },
      work_pool_name: { not_any_: ['spare'] },
      deployment_name: { not_like_: ['x'] },
    },
    flows: { name: { not_like_: ['health'] } },
  })
  expect(filters(parse(`flow:etl -flow:etl-test -flow:${id}`, NOON))).toEqual({ flows: { id: { not_any_: [id] }, name: { like_: 'etl', not_like_: ['etl-test'] } } })
  expect(parse('a-b - -since:2d subflows:maybe', NOON)).toMatchObject({ words: ['a-b', '-'], faults: ['-since:2d', 'subflows:maybe'] })
  expect(withTerm('-state:failed -"a b"', 'state', 'running')).toBe('-state:failed -"a b" state:running')
})

test('a state that nobody knows is told, and looked for by name', () => {
  expect(parse('state:nonsense state:late state:fail', NOON).strange).toEqual(['nonsense'])
  expect(filters(parse('state:nonsense', NOON))).toEqual({ flow_runs: { state: { name: { any_: ['nonsense'] } } } })
})
