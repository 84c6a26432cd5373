import { expect, it } from 'vitest'
import { called, pathOf, standing } from '../src/domain/assets'

it('stands by what happened last', () => {
  expect(standing({ made: null, failed: null })).toBe('outside')
  expect(standing({ made: 1, failed: null })).toBe('right')
  expect(standing({ made: 2, failed: 1 })).toBe('right')
  expect(standing({ made: 1, failed: 2 })).toBe('wrong')
  expect(standing({ made: null, failed: 2 })).toBe('wrong')
})

it('is called by its name, or the last part of its key', () => {
  expect(called({ key: 's3://lake/orders.parquet', name: '' })).toBe('orders.parquet')
  expect(called({ key: 's3://lake/', name: '' })).toBe('lake')
  expect(called({ key: 's3://lake/x', name: 'Orders' })).toBe('Orders')
  expect(pathOf('s3://lake/x')).toBe('/assets/asset?key=s3%3A%2F%2Flake%2Fx')
})
