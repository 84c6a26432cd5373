/** What the pages ask of results. */

import type { Result } from '../domain/results'
import { get } from './ask'
import type { Wire } from './convert'

export async function readResult(noun: 'flow_run' | 'task_run', id: string, signal?: AbortSignal): Promise<Result> {
  const told = await get<Wire['ResultPreview']>(`/ui/${noun}s/${id}/result`, signal)
  return { status: told.status, text: told.text ?? '', isCut: told.is_cut, serializer: told.serializer ?? '' }
}
