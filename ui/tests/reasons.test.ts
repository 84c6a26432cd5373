import { expect, test, vi } from 'vitest'

// what the choices of a viewer need of a browser
vi.stubGlobal('navigator', { language: 'en' })
vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined })
vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => undefined }))
vi.stubGlobal('document', { documentElement: { dataset: {} } })
const { choices } = await import('../src/choices.svelte')
const { waitingTold } = await import('../src/words/reasons')

const PLACE = { deploymentName: 'nightly', poolName: 'big', queueName: 'default' }
const WAITING = { reason: 'NOBODY_ASKS', message: 'Nobody asks.', until: null } as const

test('the sentence of the server is told to those who read English', () => {
  choices.language = 'en'

  expect(waitingTold(WAITING, PLACE)).toBe('Nobody asks.')
  expect(waitingTold({ ...WAITING, reason: 'NONE' }, PLACE)).toBe('')
})

test('others are told the same in their language, with the place of the run', () => {
  choices.language = 'zh'

  expect(waitingTold(WAITING, PLACE)).toContain('工作池 big')
  expect(waitingTold(WAITING, { ...PLACE, poolName: null })).toContain('部署 nightly')
  expect(waitingTold({ reason: 'NOT_DUE', message: '', until: Date.parse('2026-11-24T12:00:00Z') }, PLACE)).toContain('2026')
})
