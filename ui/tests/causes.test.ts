import { expect, test } from 'vitest'
import { causesOf } from '../src/domain/causes'
import { reasonOf } from '../src/domain/states'
import type { NamedRun } from '../src/api/runs'

const run = (name: string, started: number, message: string, flowId = 'f'): NamedRun =>
  ({ id: name, name, flowId, flowName: flowId, deploymentId: null, deploymentName: '', started, state: { type: 'FAILED', name: 'Failed', message, at: started } }) as NamedRun

test('failures with the same words but for numbers and ids have one cause', () => {
  const found = causesOf([
    run('a', 1, 'Flow run encountered an exception: KeyError: row 12 of 0x7f01'),
    run('b', 3, 'Flow run encountered an exception: KeyError: row 7 of 0xAB'),
    run('c', 2, 'Flow run encountered an exception: KeyError: row 7', 'g'),
    run('d', 4, 'Flow run encountered an exception: ValueError: no'),
  ])

  expect(found.map(({ owner, reason, count, first, last }) => [owner, reason, count, first.name, last.name])).toEqual([
    ['f', 'ValueError: no', 1, 'd', 'd'],
    ['f', 'KeyError: row 7 of 0xAB', 2, 'a', 'b'],
    ['g', 'KeyError: row 7', 1, 'c', 'c'],
  ])
})

test('where one run waited for another, the reason is how that ended', () => {
  const told = "Flow run encountered an exception: UnfinishedRun: The run did not begin. Upstream task run 'x' did not reach a 'COMPLETED' state. It ended as Failed: Task run encountered an exception KeyError: 'price'"

  expect(reasonOf(told)).toBe("KeyError: 'price'")
})
