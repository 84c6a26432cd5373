import { expect, test } from 'vitest'
import { sorted } from '../src/domain/sorting'

const POOLS = [{ name: 'b', type: 'process' }, { name: 'a', type: 'process' }, { name: 'c', type: 'docker' }]
const ORDERS = { name: (one: { name: string }) => one.name, type: (one: { type: string }) => one.type }
const names = (order: string) => sorted(POOLS, order, ORDERS as Record<string, (one: (typeof POOLS)[number]) => string>).map((one) => one.name)

test('a whole list is sorted by what the head of a column asks for, either way round', () => {
  expect(names('name')).toEqual(['a', 'b', 'c'])
  expect(names('-name')).toEqual(['c', 'b', 'a'])
  expect(names('type')).toEqual(['c', 'b', 'a'])
  expect(names('nonsense')).toEqual(['a', 'b', 'c'])
})

test('the list itself stays as it was', () => {
  names('name')

  expect(POOLS[0]?.name).toBe('b')
})
