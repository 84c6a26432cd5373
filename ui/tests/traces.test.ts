import { expect, test } from 'vitest'
import { stretches } from '../src/domain/traces'

const TRACE = `Traceback (most recent call last):
  File "/home/ada/flows.py", line 27, in etl
    t = total(n)
        ^^^^^^^^
  File "/venv/lib/python3.11/site-packages/prefect/tasks.py", line 188, in __call__
    return concluded(job)
  File "/venv/lib/python3.11/site-packages/prefect/_domain/states.py", line 206, in result_of
    raise exception
  File "/home/ada/prefect/orders.py", line 8, in total
    raise KeyError("price")
KeyError: 'price'`

test('frames of this package are apart from those of the user', () => {
  expect(stretches(TRACE).map((one) => [one.isOurs, one.frames])).toEqual([[false, 1], [true, 2], [false, 1]])
})

test('no line is lost, and the error itself is never folded', () => {
  const found = stretches(TRACE)

  expect(found.map((one) => one.text).join('\n')).toBe(TRACE)
  expect(stretches('  File "/x/site-packages/prefect/a.py", line 1\n    x()\nValueError: no').at(-1)).toEqual({ text: 'ValueError: no', isOurs: false, frames: 0 })
})
