/** What the pages ask and change to have somebody told. */

import type { BlockName } from '../domain/blocks'
import { automationFor, type Whose } from '../domain/telling'
import { post } from './ask'
import { listBlocks, namesOfBlocks } from './blocks'

const MOST = 200

/** The saved blocks that can tell somebody something: those that notify, and webhooks. */
export async function blocksThatTell(signal?: AbortSignal): Promise<BlockName[]> {
  const notify = { block_schemas: { block_capabilities: { all_: ['notify'] } }, limit: MOST, sort: 'BLOCK_TYPE_AND_NAME_ASC' }
  const [notifying, calling] = await Promise.all([listBlocks(notify, signal), namesOfBlocks(['webhook'], signal)])
  return [...notifying.map(({ id, name, type }) => ({ id, name, type: type.slug })), ...calling]
}

/** Have somebody told by a block of runs that fail, crash or are killed. */
export const tellOfFailures = (whose: Whose, block: BlockName) => post<{ id: string }>('/automations/', automationFor(whose, block))
