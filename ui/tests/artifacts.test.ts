import { describe, expect, it } from 'vitest'
import { numbersOf, safeAddress, seriesOf, sorted, tableOf, type Artifact } from '../src/domain/artifacts'

const artifact = (fields: Partial<Artifact>): Artifact => ({ id: '1', key: 'k', type: 'markdown', description: '', data: null, flowRunId: '', taskRunId: '', created: 0, updated: 0, ...fields })

describe('a table', () => {
  it('is read in each of its forms', () => {
    const table = { columns: ['a', 'b'], rows: [[1, 'x'], [2, null]] }

    expect(tableOf('[{"a": 1, "b": "x"}, {"a": 2}]')).toEqual(table)
    expect(tableOf('{"a": [1, 2], "b": ["x"]}')).toEqual(table)
    expect(tableOf([[1, 'x'], [2]])).toEqual({ ...table, columns: ['1', '2'] })
    expect(tableOf('[]')).toEqual({ columns: [], rows: [] })
    for (const other of ['no json', '7', '{"a": 1}', '[1]', null]) expect(tableOf(other)).toBeUndefined()
  })

  it('is sorted by numbers as numbers, with what is missing last', () => {
    const table = tableOf([[10, 'b'], [null, 'a'], [9, 'B2'], [2, 'b10']])!

    expect(sorted(table, 0, false).map(([first]) => first)).toEqual([2, 9, 10, null])
    expect(sorted(table, 0, true).map(([first]) => first)).toEqual([10, 9, 2, null])
    expect(sorted(table, 1, false).map(([, second]) => second)).toEqual(['a', 'b', 'B2', 'b10'])
  })
})

describe('numbers', () => {
  it('are found in progress, tables and texts', () => {
    expect(numbersOf({ type: 'progress', data: 12.5 })).toEqual({ progress: 12.5 })
    expect(numbersOf({ type: 'table', data: '[{"rows": 3, "name": null}]' })).toEqual({ rows: 3 })
    expect(numbersOf({ type: 'table', data: '[{"shop": "Bern", "orders": 12}, {"shop": "Basel", "orders": 7}]' })).toEqual({ 'Bern · orders': 12, 'Basel · orders': 7 })
    expect(numbersOf({ type: 'markdown', data: '# Report\n\n- **Rows**: 12,345\n- **Mean:** -0.5 %\n\n| Shop | 4 |\nAt 12:30' })).toEqual({ Rows: 12345, Mean: -0.5, Shop: 4 })
    expect(numbersOf({ type: 'markdown', data: 'https://x.example:80' })).toEqual({})
  })

  it('make a series where two artifacts tell of them', () => {
    const history = [artifact({ created: 2, data: 'Rows: 5\nOnce: 1' }), artifact({ created: 1, data: 'Rows: 3' })]

    expect(seriesOf(history)).toEqual([{ name: 'Rows', points: [{ at: 1, value: 3 }, { at: 2, value: 5 }] }])
  })
})

it('leads to the web alone', () => {
  expect(safeAddress('https://example.org/x')).toBe('https://example.org/x')
  for (const other of ['javascript:alert(1)', 'data:text/html,x', 'x.png', '']) expect(safeAddress(other)).toBeUndefined()
})
