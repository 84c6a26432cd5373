/** What the server tells of itself. */

import { get, Problem } from './ask'

export const readVersion = (signal?: AbortSignal) => get<string>('/admin/version', signal)
export const readSettings = (signal?: AbortSignal) => get<Record<string, unknown>>('/admin/settings', signal)

/** Whether the server answers, and its database; and after how many milliseconds. */
export interface Health {
  server: boolean
  database: string
  milliseconds: number
}

export async function readHealth(signal?: AbortSignal): Promise<Health> {
  const began = performance.now()
  const server = await get<boolean>('/health', signal)
  return { server, database: await databaseFault(signal), milliseconds: Math.round(performance.now() - began) }
}

/** Why the database does not answer, or an empty text. */
async function databaseFault(signal?: AbortSignal): Promise<string> {
  try {
    await get('/ready', signal)
    return ''
  } catch (error) {
    if (error instanceof Problem) return error.message
    throw error
  }
}
