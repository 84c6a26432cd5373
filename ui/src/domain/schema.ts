/** JSON schemas as forms: which kind of field a property is, and from text to its value. */

export interface Schema {
  $ref?: string
  type?: string | string[]
  title?: string
  description?: string
  format?: string
  default?: unknown
  enum?: unknown[]
  /** What the values of `enum` are called, in the same order. */
  labels?: string[]
  const?: unknown
  anyOf?: Schema[]
  allOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  position?: number
  writeOnly?: boolean
  minimum?: number
  maximum?: number
  definitions?: Record<string, Schema>
  $defs?: Record<string, Schema>
}

export type Kind = 'text' | 'long' | 'secret' | 'number' | 'integer' | 'flag' | 'choice' | 'moment' | 'date' | 'object' | 'json'

/** A property with its references followed, and whether it may be nothing. */
export function resolved(schema: Schema, root: Schema): { schema: Schema; isOptional: boolean } {
  const named = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]?.$ref : undefined)
  if (named) return resolved({ ...found(named, root), ...withoutReference(schema) }, root)
  const others = schema.anyOf?.filter((one) => one.type !== 'null')
  if (schema.anyOf && others?.length === 1 && others[0]) {
    const inner = resolved({ ...others[0], ...title(schema) }, root)
    return { schema: inner.schema, isOptional: inner.isOptional || others.length < schema.anyOf.length }
  }
  return { schema, isOptional: false }
}

function found(reference: string, root: Schema): Schema {
  const name = reference.split('/').at(-1) ?? ''
  return root.$defs?.[name] ?? root.definitions?.[name] ?? {}
}

function withoutReference({ $ref: _, allOf: __, ...rest }: Schema): Schema {
  return rest
}

function title(schema: Schema): Schema {
  const { title, description } = schema
  return { ...(title ? { title } : {}), ...(description ? { description } : {}), ...('default' in schema ? { default: schema.default } : {}) }
}

/** Which field a property is shown as; what has no field of its own is written as JSON. */
export function kindOf(schema: Schema): Kind {
  if (schema.enum) return 'choice'
  switch (schema.type) {
    case 'boolean':
      return 'flag'
    case 'integer':
      return 'integer'
    case 'number':
      return 'number'
    case 'object':
      return Object.keys(schema.properties ?? {}).length ? 'object' : 'json'
    case 'string':
      return textKind(schema)
    default:
      return 'json'
  }
}

function textKind(schema: Schema): Kind {
  if (schema.writeOnly || schema.format === 'password') return 'secret'
  if (schema.format === 'date-time') return 'moment'
  if (schema.format === 'date') return 'date'
  return schema.format === 'json-string' ? 'json' : 'text'
}

/** The properties of an object in the order of their positions, as a function has its parameters. */
export function fieldsOf(schema: Schema): [name: string, schema: Schema][] {
  return Object.entries(schema.properties ?? {}).sort(([, a], [, b]) => (a.position ?? 0) - (b.position ?? 0))
}

/** What a text in a field of JSON or numbers means; throws for one that means nothing. */
export function valueOf(text: string, kind: Kind): unknown {
  if (kind === 'json') return text.trim() ? JSON.parse(text) : undefined
  if (kind === 'integer' || kind === 'number') {
    const value = Number(text)
    if (!text.trim()) return undefined
    if (Number.isNaN(value) || (kind === 'integer' && !Number.isInteger(value))) throw new Error(text)
    return value
  }
  return text
}
