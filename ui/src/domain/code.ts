/** What one would type, in a terminal or in Python, to do what a page does. */

/** A JSON value as Python writes it. */
export function python(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (Array.isArray(value)) return `[${value.map(python).join(', ')}]`
  if (typeof value === 'object') return `{${Object.entries(value).map(([name, part]) => `${JSON.stringify(name)}: ${python(part)}`).join(', ')}}`
  return JSON.stringify(value)
}

/** A text as one word of a shell's command line. */
export const shellWord = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** The command that starts a run of a deployment. */
export function runCommand(deployment: string, parameters: Record<string, unknown>): string {
  const given = Object.keys(parameters).length ? ` --params ${shellWord(JSON.stringify(parameters))}` : ''
  return `prefect deployment run ${shellWord(deployment)}${given}`
}

/** The Python that starts a run of a deployment. */
export function runPython(deployment: string, parameters: Record<string, unknown>): string {
  const given = Object.keys(parameters).length ? `, parameters=${python(parameters)}` : ''
  return `from prefect.deployments import run_deployment\n\nrun = run_deployment(${JSON.stringify(deployment)}${given})`
}

/** The Python that reads the result of a run. */
export function resultPython(noun: 'flow_run' | 'task_run', id: string): string {
  return `from prefect import get_client\n\nwith get_client(sync_client=True) as client:\n    result = client.read_${noun}("${id}").state.result()`
}
