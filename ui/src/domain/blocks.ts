/** Blocks, their types and schemas, and how their secrets are kept from sight. */

import { resolved, type Schema } from './schema'

export interface BlockType {
  id: string
  slug: string
  name: string
  description: string
  documentation: string
  example: string
  isBuiltIn: boolean
}

export interface BlockSchema {
  id: string
  typeId: string
  fields: BlockFields
  capabilities: string[]
}

/** A JSON schema that says, too, which values are secrets: dotted paths, in which `*` stands for any name. */
export type BlockFields = Schema & { secret_fields?: string[]; block_schema_references?: Record<string, unknown> }

export interface Block {
  id: string
  name: string
  data: Record<string, unknown>
  type: BlockType
  schema: BlockSchema
  updated: number | null
}

/** The names of the properties that are secrets or hold some. */
function secretsOf(fields: BlockFields): Set<string> {
  return new Set((fields.secret_fields ?? []).map((path) => path.split('.')[0] ?? ''))
}

/** The schema as a form shows it: secrets are fields that show nothing, and references to other blocks are JSON. */
export function formSchema(fields: BlockFields): Schema {
  const secrets = secretsOf(fields)
  const references = fields.block_schema_references ?? {}
  const properties = Object.entries(fields.properties ?? {}).map(([name, property]) => {
    return [name, secrets.has(name) ? secretField(property, fields) : name in references ? referenceField(property, name) : property] as const
  })
  return { ...fields, properties: Object.fromEntries(properties) }
}

function secretField(property: Schema, root: Schema): Schema {
  const isMapping = resolved(property, root).schema.type === 'object'
  return { ...labels(property), type: 'string', ...(isMapping ? { format: 'json-string' } : { format: 'password', writeOnly: true }) }
}

function referenceField(property: Schema, name: string): Schema {
  return { ...labels(property), title: property.title ?? name, description: '{"$ref": {"block_document_id": "…"}}', type: 'string', format: 'json-string' }
}

function labels({ title, description }: Schema): Schema {
  return { ...(title ? { title } : {}), ...(description ? { description } : {}) }
}

/** What the form of a saved block begins with: its values, but no mapping that holds obscured secrets. */
export function shownData(data: Record<string, unknown>, fields: BlockFields): Record<string, unknown> {
  const secrets = secretsOf(fields)
  return Object.fromEntries(Object.entries(data).filter(([name, value]) => !secrets.has(name) || typeof value === 'string'))
}

/** The values that someone changed in a form. A secret in which nothing was typed is none; what was emptied is its default. */
export function changedData(before: Record<string, unknown>, after: Record<string, unknown>, fields: BlockFields): Record<string, unknown> {
  const secrets = secretsOf(fields)
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  const changed = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]) && !(secrets.has(name) && !after[name]))
  return Object.fromEntries(changed.map((name) => [name, after[name] ?? fields.properties?.[name]?.default ?? null]))
}
