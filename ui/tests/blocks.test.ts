import { expect, test } from 'vitest'
import { changedData, formSchema, shownData, slugsIn, type BlockFields } from '../src/domain/blocks'
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
  secret_fields: ['password', 'options.*', 'store.key'],
  definitions: { Store: { type: 'object', properties: { key: { type: 'string' } } } },
  block_schema_references: { store: { block_type_slug: 'store' } },
}
const SCHEMA = { id: '', typeId: '', fields: DATABASE, capabilities: [] }
const OBSCURED = { host: 'db', port: 5432, password: '********', options: { token: '********' } }

test('secrets are fields that show nothing, whatever their type', () => {
  const { properties } = formSchema(DATABASE)

  expect(kindOf(properties?.['password'] ?? {})).toBe('secret')
  expect(kindOf(properties?.['options'] ?? {})).toBe('json')
  expect(kindOf(properties?.['host'] ?? {})).toBe('text')
})

test('of other blocks there is a choice of those of that type, whatever secrets they hold', () => {
  const blocks = [{ id: '1', name: 'mine', type: 'store' }, { id: '2', name: 'other', type: 'else' }]
  const field = formSchema(DATABASE, blocks).properties?.['store'] ?? {}

  expect(kindOf(field)).toBe('choice')
  expect([field.enum, field.labels]).toEqual([[{ $ref: { block_document_id: '1' } }], ['mine']])
  expect(slugsIn(DATABASE)).toEqual(['store'])
})

test('several blocks in one property are written as JSON', () => {
  const several = { ...DATABASE, properties: { store: { type: 'array', items: { $ref: '#/definitions/Store' } } } }

  expect(kindOf(formSchema(several).properties?.['store'] ?? {})).toBe('json')
})

test('a form begins with the reference, not with what it stands for', () => {
  const block = { data: { store: { path: 'x' } }, references: { store: { id: '1', name: 'mine', type: 'store' } }, schema: SCHEMA }

  expect(shownData(block)).toEqual({ store: { $ref: { block_document_id: '1' } } })
})

test('a form shows no mapping in which secrets are obscured', () => {
  expect(shownData({ data: OBSCURED, references: {}, schema: SCHEMA })).toEqual({ host: 'db', port: 5432, password: '********' })
})

test('what nobody changed is not sent, obscured secrets least of all', () => {
  const shown = shownData({ data: OBSCURED, references: {}, schema: SCHEMA })

  expect(changedData(shown, shown, DATABASE)).toEqual({})
  expect(changedData(shown, { ...shown, host: 'other' }, DATABASE)).toEqual({ host: 'other' })
})

test('a secret is replaced only where something new is typed', () => {
  const shown = shownData({ data: OBSCURED, references: {}, schema: SCHEMA })

  expect(changedData(shown, { ...shown, password: 'new' }, DATABASE)).toEqual({ password: 'new' })
  expect(changedData(shown, { ...shown, password: '' }, DATABASE)).toEqual({})
  expect(changedData(shown, { ...shown, options: { token: 'new' } }, DATABASE)).toEqual({ options: { token: 'new' } })
})

test('what was emptied is its default again', () => {
  expect(changedData({ port: 1, host: 'db' }, {}, DATABASE)).toEqual({ port: 5432, host: null })
  expect(changedData({ port: 1 }, { port: null }, DATABASE)).toEqual({ port: null })
})
