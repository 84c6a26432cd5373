import { expect, test } from 'vitest'
import { changedData, formSchema, shownData, type BlockFields } from '../src/domain/blocks'
import { kindOf } from '../src/domain/schema'

const DATABASE: BlockFields = {
  type: 'object',
  properties: {
    host: { type: 'string', title: 'Host' },
    port: { type: 'integer', default: 5432 },
    password: { anyOf: [{}, { type: 'string', format: 'password', writeOnly: true }], title: 'Password' },
    options: { type: 'object', title: 'Options' },
    store: { $ref: '#/definitions/Store' },
  },
  required: ['host', 'password'],
  secret_fields: ['password', 'options.*'],
  block_schema_references: { store: { block_type_slug: 'store' } },
}
const OBSCURED = { host: 'db', port: 5432, password: '********', options: { token: '********' } }

test('secrets are fields that show nothing, whatever their type', () => {
  const { properties } = formSchema(DATABASE)

  expect(kindOf(properties?.['password'] ?? {})).toBe('secret')
  expect(kindOf(properties?.['options'] ?? {})).toBe('json')
  expect(kindOf(properties?.['host'] ?? {})).toBe('text')
})

test('references to other blocks are written as JSON', () => {
  expect(kindOf(formSchema(DATABASE).properties?.['store'] ?? {})).toBe('json')
})

test('a form shows no mapping in which secrets are obscured', () => {
  expect(shownData(OBSCURED, DATABASE)).toEqual({ host: 'db', port: 5432, password: '********' })
})

test('what nobody changed is not sent, obscured secrets least of all', () => {
  const shown = shownData(OBSCURED, DATABASE)

  expect(changedData(shown, shown, DATABASE)).toEqual({})
  expect(changedData(shown, { ...shown, host: 'other' }, DATABASE)).toEqual({ host: 'other' })
})

test('a secret is replaced only where something new is typed', () => {
  const shown = shownData(OBSCURED, DATABASE)

  expect(changedData(shown, { ...shown, password: 'new' }, DATABASE)).toEqual({ password: 'new' })
  expect(changedData(shown, { ...shown, password: '' }, DATABASE)).toEqual({})
  expect(changedData(shown, { ...shown, options: { token: 'new' } }, DATABASE)).toEqual({ options: { token: 'new' } })
})

test('what was emptied is its default again', () => {
  expect(changedData({ port: 1, host: 'db' }, {}, DATABASE)).toEqual({ port: 5432, host: null })
})
