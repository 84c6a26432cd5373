/** Variables: values of JSON that have a name. */

export interface Variable {
  id: string
  name: string
  value: unknown
  tags: string[]
  updated: number | null
}

/** What was typed as a value: JSON, or else a text. */
export function typedValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

/** A value as one types it: a text without its quotes, unless it would then be read as something else. */
export function writtenValue(value: unknown): string {
  const isPlain = typeof value === 'string' && typedValue(value) === value
  return isPlain ? value : JSON.stringify(value, null, 2)
}

export type ValueKind = 'text' | 'number' | 'flag' | 'list' | 'object' | 'nothing'

export function kindOfValue(value: unknown): ValueKind {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'list'
  return ({ string: 'text', number: 'number', boolean: 'flag' } as const)[typeof value as 'string'] ?? 'object'
}
