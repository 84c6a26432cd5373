/** What the server tells of itself. */

import { get, Problem } from './ask'
import { moment, type Wire } from './convert'

export const readSettings = (signal?: AbortSignal) => get<Record<string, unknown>>('/admin/settings', signal)

/** The server that answers. */
export interface Server {
  version: string
  dialect: 'sqlite' | 'postgresql'
  /** Bytes of its database. */
  size: number
  zone: string
  /** By how many milliseconds its clock is ahead of this computer's. */
  ahead: number
  duties: Duty[]
}

/** A duty, when it was carried out last, and what went wrong then. */
export interface Duty {
  name: string
  every: number
  at: number | null
  seconds: number | null
  fault: string
}

export async function readServer(signal?: AbortSignal): Promise<Server> {
  const asked = Date.now()
  const told = await get<Wire['ServerState']>('/ui/server', signal)
  const middle = (asked + Date.now()) / 2
  return {
    version: told.version,
    dialect: told.dialect === 'postgresql' ? 'postgresql' : 'sqlite',
    size: told.database_size,
    zone: told.time_zone,
    ahead: Date.parse(told.now) - middle,
    duties: told.duties.map((one) => ({ name: one.name, every: one.every, at: moment(one.began), seconds: one.seconds, fault: one.fault ?? '' })),
  }
}

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
