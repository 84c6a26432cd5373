import { expect, test } from 'vitest'
import { bytes, settingsIn } from '../src/domain/settings'
import { tagsIn } from '../src/domain/tags'
import { kindOfValue, typedValue, writtenValue } from '../src/domain/variables'

test.each([
  ['42', 42, 'number'],
  ['true', true, 'flag'],
  ['eu', 'eu', 'text'],
  ['"42"', '42', 'text'],
  ['[1, 2]', [1, 2], 'list'],
  ['{"a": 1}', { a: 1 }, 'object'],
  ['null', null, 'nothing'],
  ['', '', 'text'],
])('%s is typed for %j, which is %s', (text, value, kind) => {
  expect(typedValue(text)).toEqual(value)
  expect(kindOfValue(value)).toBe(kind)
})

test.each([42, true, null, 'eu', '42', 'null', '"quoted"', '', [1], { a: 'b' }])('%j is written so that it is read as it was', (value) => {
  expect(typedValue(writtenValue(value))).toEqual(value)
})

test('tags are parted by commas, each is there once', () => {
  expect(tagsIn(' prod, sales,,prod ')).toEqual(['prod', 'sales'])
})

test('settings are listed by the names of their variables', () => {
  expect(settingsIn({ api: { url: null }, server: { api: { port: 4200 } }, extra: {}, hosts: ['a'] })).toEqual([
    { name: 'PREFECT_API_URL', value: null },
    { name: 'PREFECT_SERVER_API_PORT', value: 4200 },
    { name: 'PREFECT_EXTRA', value: {} },
    { name: 'PREFECT_HOSTS', value: ['a'] },
  ])
})

test.each([
  [0, '0 byte'],
  [999, '999 byte'],
  [1_000, '1 kB'],
  [38_400, '38 kB'],
  [1_240_000_000, '1.2 GB'],
])('%d bytes are %s', (count, text) => {
  expect(bytes(count, 'en-GB')).toBe(text)
})
