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
export type BlockFields = Schema & { secret_fields?: string[]; block_schema_references?: Record<string, TypeReference | TypeReference[]> }

interface TypeReference {
  block_type_slug: string
}

/** A saved block that another one may refer to. */
export interface BlockName {
  id: string
  name: string
  /** The slug of its type. */
  type: string
}

export interface Block {
  id: string
  name: string
  data: Record<string, unknown>
  /** The blocks that stand in its data, by the names of its properties. */
  references: Record<string, BlockName>
  type: BlockType
  schema: BlockSchema
  updated: number | null
}

/** The names of the properties that are secrets or hold some, but those that are blocks of their own. */
function secretsOf(fields: BlockFields): Set<string> {
  const names = (fields.secret_fields ?? []).map((path) => path.split('.')[0] ?? '')
  return new Set(names.filter((name) => !slugsAt(name, fields).length))
}

/** The slugs of the types of which a property is a block; none where it is anything else. */
function slugsAt(name: string, fields: BlockFields): string[] {
  return [fields.block_schema_references?.[name] ?? []].flat().map((type) => type.block_type_slug)
}

/** The slugs of all types to which blocks of a schema may refer. */
export function slugsIn(fields: BlockFields): string[] {
  return [...new Set(Object.keys(fields.properties ?? {}).flatMap((name) => slugsAt(name, fields)))]
}

/** The schema as a form shows it: secrets are fields that show nothing, and of other blocks there is a choice. */
export function formSchema(fields: BlockFields, blocks: readonly BlockName[] = []): Schema {
  const secrets = secretsOf(fields)
  const properties = Object.entries(fields.properties ?? {}).map(([name, property]) => {
    const slugs = slugsAt(name, fields)
    const field = slugs.length ? referenceField(property, fields, blocks.filter((block) => slugs.includes(block.type))) : property
    return [name, secrets.has(name) ? secretField(property, fields) : field] as const
  })
  return { ...fields, properties: Object.fromEntries(properties) }
}

function secretField(property: Schema, root: Schema): Schema {
  const isMapping = resolved(property, root).schema.type === 'object'
  return { ...labels(property), type: 'string', ...(isMapping ? { format: 'json-string' } : { format: 'password', writeOnly: true }) }
}

/** A choice of blocks; of several at once there is none, they are written as JSON. */
function referenceField(property: Schema, root: Schema, blocks: readonly BlockName[]): Schema {
  const { type, properties } = resolved(property, root).schema
  if (type === 'array' || (type === 'object' && !properties)) return { ...labels(property), description: JSON.stringify(referenceTo('…')), type: 'string', format: 'json-string' }
  return { ...labels(property), enum: blocks.map(({ id }) => referenceTo(id)), labels: blocks.map(({ name }) => name) }
}

/** What stands in data for another block. */
const referenceTo = (id: string) => ({ $ref: { block_document_id: id } })

function labels({ title, description }: Schema): Schema {
  return { ...(title ? { title } : {}), ...(description ? { description } : {}) }
}

/** What the form of a saved block begins with: its values and references, but no mapping that holds obscured secrets. */
export function shownData({ data, references, schema }: Pick<Block, 'data' | 'references' | 'schema'>): Record<string, unknown> {
  const secrets = secretsOf(schema.fields)
  const shown = Object.entries(data).filter(([name, value]) => !secrets.has(name) || typeof value === 'string')
  const referred = Object.entries(references).map(([name, { id }]) => [name, referenceTo(id)] as const)
  return { ...Object.fromEntries(shown), ...Object.fromEntries(referred) }
}

/** The values that someone changed in a form. A secret in which nothing was typed is none; what was emptied is its default. */
export function changedData(before: Record<string, unknown>, after: Record<string, unknown>, fields: BlockFields): Record<string, unknown> {
  const secrets = secretsOf(fields)
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  const changed = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]) && !(secrets.has(name) && !after[name]))
  return Object.fromEntries(changed.map((name) => [name, name in after ? after[name] : (fields.properties?.[name]?.default ?? null)]))
}
