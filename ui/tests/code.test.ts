import { expect, test } from 'vitest'
import { python, resultPython, runCommand, runPython, shellWord } from '../src/domain/code'

test('a value is written as Python writes it', () => {
  expect(python({ flag: true, none: null, list: [1, 'it’s "so"', false], deep: { a: {} } })).toBe('{"flag": True, "none": None, "list": [1, "it’s \\"so\\"", False], "deep": {"a": {}}}')
})

test('quotes do not end a word of the shell', () => {
  expect(shellWord("it's; rm -rf")).toBe(`'it'\\''s; rm -rf'`)
})

test('a run is started by its parameters, where it has some', () => {
  expect(runCommand('etl/nightly', { day: "o'clock" })).toBe(`prefect deployment run 'etl/nightly' --params '{"day":"o'\\''clock"}'`)
  expect(runCommand('etl/nightly', {})).toBe("prefect deployment run 'etl/nightly'")
  expect(runPython('etl/nightly', { full: true })).toContain('run_deployment("etl/nightly", parameters={"full": True})')
  expect(runPython('etl/nightly', {})).toContain('run_deployment("etl/nightly")')
})

test('a result is read by the id of its run', () => {
  expect(resultPython('task_run', 'x')).toContain('client.read_task_run("x").state.result()')
})
