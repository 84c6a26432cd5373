import { describe, expect, it } from 'vitest'
import { parts, percentOf, type Backfill } from '../src/domain/backfills'

const progress = { waiting: 6, active: 1, completed: 2, failed: 1, cancelled: 0, skipped: 0, done: 3 }

describe('how far a backfill is', () => {
  it('is the part of its slots that need nothing more', () => {
    expect(percentOf({ slots: 10, progress } as Backfill)).toBe(30)
    expect(percentOf({ slots: 0, progress: { ...progress, done: 0 } } as Backfill)).toBe(100)
  })

  it('is told with failures first, and without what there is none of', () => {
    expect(parts(progress)).toEqual([['failed', 1], ['active', 1], ['completed', 2], ['waiting', 6]])
  })
})
