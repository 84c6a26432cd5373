/** Requests to the REST API, and what is told when one fails. */

import { BASE } from '../place.svelte'
import { credentials } from '../credentials'

/** Why a request failed: what happened, and what one can do. */
export class Problem extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly advice: string = '',
  ) {
    super(message)
  }
}

export const API = `${document.querySelector<HTMLMetaElement>('meta[name=api]')?.content || `${BASE}/api`}`
const UNREACHABLE = 'Is it still running? In a terminal: prefect server status'

let token: Promise<Record<string, string>> | undefined

/** The answer to a request. Throws a `Problem`. */
export async function request<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = { ...credentials.header(), ...(method === 'GET' ? {} : await csrf(path)) }
  if (body !== undefined) headers['content-type'] = 'application/json'
  const answer = await sent(API + path, { method, headers, body: body === undefined ? null : JSON.stringify(body), signal: signal ?? null })
  if (answer.status === 401) credentials.ask()
  if (!answer.ok) throw await problemOf(answer, method, path)
  return (answer.status === 204 ? undefined : await answer.json()) as T
}

export const get = <T>(path: string, signal?: AbortSignal) => request<T>('GET', path, undefined, signal)
export const post = <T>(path: string, body: unknown = {}, signal?: AbortSignal) => request<T>('POST', path, body, signal)
export const put = <T>(path: string, body: unknown) => request<T>('PUT', path, body)
export const patch = (path: string, body: unknown) => request<void>('PATCH', path, body)
export const remove = (path: string) => request<void>('DELETE', path)

async function sent(url: string, options: RequestInit): Promise<Response> {
  try {
    return await fetch(url, options)
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new Problem(`The server at ${new URL(url, location.href).origin} does not answer.`, 0, UNREACHABLE)
  }
}

async function problemOf(answer: Response, method: string, path: string): Promise<Problem> {
  const told = said(await answer.text())
  const advice = answer.status === 503 ? 'The server is busy; this is tried again.' : ''
  return new Problem(told || `${method} ${path} was answered with ${answer.status} ${answer.statusText}.`, answer.status, advice)
}

/** The sentence in the body of a failed request. */
export function said(text: string): string {
  try {
    const body = JSON.parse(text) as { detail?: unknown; exception_message?: unknown; exception_detail?: unknown }
    const faults = Array.isArray(body.exception_detail) ? body.exception_detail : Array.isArray(body.detail) ? body.detail : []
    const sentences = faults.map((fault: { loc?: unknown[]; msg?: string }) => `${(fault.loc ?? []).slice(1).join('.')}: ${fault.msg ?? ''}`)
    return sentences.join('; ') || String(body.detail ?? body.exception_message ?? '')
  } catch {
    return text.slice(0, 300)
  }
}

/** The headers by which a server that asks for them tells this page from others. */
async function csrf(path: string): Promise<Record<string, string>> {
  if (/\/(filter|count|paginate|history|counts|next-runs)$/.test(path)) return {}
  token ??= csrfHeaders()
  return token
}

async function csrfHeaders(): Promise<Record<string, string>> {
  const client = crypto.randomUUID?.() ?? String(Math.random()).slice(2)
  const answer = await fetch(`${API}/csrf-token?client=${client}`, { headers: credentials.header() })
  if (!answer.ok) return {}
  const given = (await answer.json()) as { token: string; expiration: string }
  setTimeout(() => (token = undefined), Math.max(new Date(given.expiration).getTime() - Date.now() - 60_000, 1_000))
  return { 'Prefect-Csrf-Client': client, 'Prefect-Csrf-Token': given.token }
}
