import { expect, test } from 'vitest'
import { culprit, stretches } from '../src/domain/traces'

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

test('the place in the users code is the last frame that is nobody elses', () => {
  expect(culprit(TRACE)).toEqual({ file: '/home/ada/prefect/orders.py', line: 8, name: 'total', code: 'raise KeyError("price")' })
  expect(culprit('  File "/home/ada/a.py", line 3, in f\n    get()\n  File "/venv/lib/python3.11/site-packages/httpx/x.py", line 9, in get\n    raise E')).toMatchObject({ file: '/home/ada/a.py', line: 3 })
  expect(culprit('ValueError: no')).toBeUndefined()
})
