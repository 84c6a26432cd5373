import { expect, test } from 'vitest'
import { beside } from '../src/domain/usual'

const USUAL = { runs: 20, median: 10, p95: 30 }

test('a bar is full at what nearly all took, and the mark is at the median', () => {
  expect(beside(15, USUAL)).toEqual({ share: 0.5, mark: 1 / 3, isLong: false })
})

test('the median is never past the middle', () => {
  expect(beside(10, { runs: 20, median: 10, p95: 11 })).toEqual({ share: 0.5, mark: 0.5, isLong: false })
})

test('a run is longer than usual when nearly all were shorter', () => {
  expect(beside(31, USUAL)).toEqual({ share: 1, mark: 1 / 3, isLong: true })
  expect(beside(30, USUAL).isLong).toBe(false)
})

test('a little longer than runs that all take the same is worth no word', () => {
  expect(beside(11, { runs: 20, median: 10, p95: 10 }).isLong).toBe(false)
})

test('runs that took no time have a bar', () => {
  expect(beside(0, { runs: 3, median: 0, p95: 0 })).toEqual({ share: 0, mark: 0, isLong: false })
})
