import { expect, test } from 'vitest'
import { fieldsOf, kindOf, resolved, valueOf } from '../src/domain/schema'
import { isFinal, reasonOf, typesNamed } from '../src/domain/states'
import { absolute, clockTime, duration, relative, secondsIn, written } from '../src/domain/time'

const NOON = Date.parse('2026-11-24T12:00:00Z')

test.each([
  [0, '0 s'],
  [0.0421, '42 ms'],
  [4.23, '4.2 s'],
  [59.99, '1 min'],
  [185, '3 min 5 s'],
  [7_800, '2 h 10 min'],
  [90_000, '1 d 1 h'],
])('%d seconds are read as %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text)
})

test('moments are told relative to now in both languages', () => {
  expect(relative(NOON - 185_000, NOON, 'en-GB')).toBe('3 min ago')
  expect(relative(NOON + 2 * 3_600_000, NOON, 'zh-CN')).toContain('2')
})

test('moments are told in the zone of the viewer', () => {
  expect(absolute(NOON, 'Asia/Shanghai', 'en-GB')).toContain('20:00:00')
  expect(clockTime(NOON + 7, 'UTC')).toBe('12:00:00.007')
})

test('the types of states know their ends and their short names', () => {
  expect(isFinal('CRASHED')).toBe(true)
  expect(isFinal('CANCELLING')).toBe(false)
  expect(typesNamed('canc')).toEqual(['CANCELLED', 'CANCELLING'])
  expect(typesNamed('nothing')).toEqual([])
})

test('the reason of a failure begins with what is peculiar to it', () => {
  expect(reasonOf('Flow run encountered an exception: ValueError: no rows\n\nfor once')).toBe('ValueError: no rows')
  expect(reasonOf('Task run encountered an exception ValueError: no rows')).toBe('ValueError: no rows')
  expect(reasonOf('Its process ended with 1.')).toBe('Its process ended with 1.')
})

test('references are followed, and what may be nothing is its other half', () => {
  const root = { $defs: { Mode: { enum: ['fast', 'slow'] } } }

  expect(kindOf(resolved({ $ref: '#/$defs/Mode' }, root).schema)).toBe('choice')
  expect(resolved({ anyOf: [{ type: 'integer' }, { type: 'null' }], title: 'N' }, root)).toEqual({
    schema: { type: 'integer', title: 'N' },
    isOptional: true,
  })
})

test('what has no field of its own is written as JSON', () => {
  expect(kindOf({ type: 'array' })).toBe('json')
  expect(kindOf({ anyOf: [{ type: 'string' }, { type: 'integer' }] })).toBe('json')
  expect(kindOf({ type: 'string', format: 'password' })).toBe('secret')
})

test('fields stand in the order of the parameters', () => {
  const schema = { properties: { b: { position: 1 }, a: { position: 0 } } }

  expect(fieldsOf(schema).map(([name]) => name)).toEqual(['a', 'b'])
})

test('texts of fields become values or are refused', () => {
  expect(valueOf('3', 'integer')).toBe(3)
  expect(valueOf('[1]', 'json')).toEqual([1])
  expect(valueOf('', 'number')).toBeUndefined()
  expect(() => valueOf('3.5', 'integer')).toThrow()
  expect(() => valueOf('{', 'json')).toThrow()
})

test('a length of time is read as it is written', () => {
  expect(['90', '2h', ' 1 h 30 min ', '1d 2H', '45m', '1.5h'].map(secondsIn)).toEqual([90, 7_200, 5_400, 93_600, 2_700, 5_400])
  expect(['', 'soon', '2 weeks', '-1', 'h'].map(secondsIn)).toEqual([undefined, undefined, undefined, undefined, undefined])
  for (const seconds of [1, 0.5, 90, 5_400, 86_400, 93_661]) expect(secondsIn(written(seconds))).toBe(seconds)
})
