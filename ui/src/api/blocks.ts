/** What the pages ask of blocks and their types, and what they change. */

import type { Block, BlockName, BlockSchema, BlockType } from '../domain/blocks'
import { get, patch, post, remove } from './ask'
import { block, blockSchema, blockType, type Wire } from './convert'
import type { Filters } from './runs'

export async function listBlocks(filters: Filters, signal?: AbortSignal): Promise<Block[]> {
  const found = await post<Wire['BlockDocument'][]>('/block_documents/filter', filters, signal)
  return found.flatMap((one) => block(one) ?? [])
}

export const countBlocks = (filters: Filters, signal?: AbortSignal) => post<number>('/block_documents/count', filters, signal)

const MOST_NAMES = 200

/** The names of the blocks of some types. */
export async function namesOfBlocks(slugs: readonly string[], signal?: AbortSignal): Promise<BlockName[]> {
  if (!slugs.length) return []
  const wanted = { block_types: { slug: { any_: slugs } }, block_documents: { is_anonymous: { eq_: false } }, limit: MOST_NAMES, sort: 'BLOCK_TYPE_AND_NAME_ASC' }
  return (await listBlocks(wanted, signal)).map(({ id, name, type }) => ({ id, name, type: type.slug }))
}

/** A saved block. Throws where the server does not tell its type. */
export async function readBlock(id: string, signal?: AbortSignal): Promise<Block> {
  const found = block(await get<Wire['BlockDocument']>(`/block_documents/${id}`, signal))
  if (!found) throw new Error(`The server does not tell the type of the block ${id}.`)
  return found
}

export async function listBlockTypes(signal?: AbortSignal): Promise<BlockType[]> {
  const found = (await post<Wire['BlockType'][]>('/block_types/filter', {}, signal)).map(blockType)
  return found.sort((a, b) => a.name.localeCompare(b.name))
}

export const readBlockType = async (slug: string, signal?: AbortSignal): Promise<BlockType> =>
  blockType(await get<Wire['BlockType']>(`/block_types/slug/${encodeURIComponent(slug)}`, signal))

/** The latest schema of a type; undefined where it has none. */
export async function latestSchema(typeId: string, signal?: AbortSignal): Promise<BlockSchema | undefined> {
  const body = { block_schemas: { block_type_id: { any_: [typeId] } }, limit: 1 }
  return (await post<Wire['BlockSchema'][]>('/block_schemas/filter', body, signal)).map(blockSchema)[0]
}

/** The id of a new block. */
export async function createBlock(name: string, schema: BlockSchema, data: Record<string, unknown>): Promise<string> {
  const body = { name, data, block_schema_id: schema.id, block_type_id: schema.typeId }
  return (await post<Wire['BlockDocument']>('/block_documents/', body)).id
}

/** Change the values that are given; all others, the secrets among them, stay. */
export const changeBlock = (id: string, data: Record<string, unknown>) => patch(`/block_documents/${id}`, { data, merge_existing_data: true })
export const deleteBlock = (id: string) => remove(`/block_documents/${id}`)
