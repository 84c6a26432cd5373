import { expect, test } from 'vitest'
import { phrase } from '../src/domain/phrases'

test('what is typed is what is asked for, signs and quotes included', () => {
  expect(phrase('line 0')).toBe('"line 0"')
  expect(phrase('-x "y" \\')).toBe('"-x \\"y\\" \\\\"')
})

test('a search is never longer than the server takes, nor cut within an escape', () => {
  expect(phrase('"'.repeat(300))).toBe(`"${'\\"'.repeat(99)}"`)
})
