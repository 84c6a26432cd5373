/** Requests to the REST API, and what is told when one fails. */

import { BASE } from '../place.svelte'
import { credentials } from '../credentials'
import { t } from '../words'

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

/** The headers by which a server that asks for them tells this page from others. */
let proof: Record<string, string> = {}

/** The answer to a request. Throws a `Problem`. */
export async function request<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  let answer = await sent(method, path, body, signal)
  if (answer.status === 403 && (await isForWantOfProof(answer.clone()))) {
    proof = await askedProof()
    answer = await sent(method, path, body, signal)
  }
  if (answer.status === 401) credentials.ask()
  if (!answer.ok) throw await problemOf(answer, method, path)
  return (answer.status === 204 ? undefined : await answer.json()) as T
}

export const get = <T>(path: string, signal?: AbortSignal) => request<T>('GET', path, undefined, signal)
export const post = <T>(path: string, body: unknown = {}, signal?: AbortSignal) => request<T>('POST', path, body, signal)
export const put = <T>(path: string, body: unknown) => request<T>('PUT', path, body)
export const patch = (path: string, body: unknown) => request<void>('PATCH', path, body)
export const remove = (path: string) => request<void>('DELETE', path)

async function sent(method: string, path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  const headers = { ...credentials.header(), ...proof, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
  try {
    return await fetch(API + path, { method, headers, body: body === undefined ? null : JSON.stringify(body), signal: signal ?? null })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new Problem(t('ask.silent', { server: new URL(API, location.href).origin }), 0, t('ask.silent.advice'))
  }
}

async function problemOf(answer: Response, method: string, path: string): Promise<Problem> {
  const told = said(await answer.text())
  const advice = answer.status === 503 ? t('ask.busy') : ''
  return new Problem(told || t('ask.refused', { request: `${method} ${path}`, answer: `${answer.status} ${answer.statusText}` }), answer.status, advice)
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

async function isForWantOfProof(answer: Response): Promise<boolean> {
  return /csrf/i.test(await answer.text())
}

async function askedProof(): Promise<Record<string, string>> {
  const client = `ui-${Math.random().toString(36).slice(2)}`
  const given = await get<{ token: string }>(`/csrf-token?client=${client}`)
  return { 'prefect-csrf-client': client, 'prefect-csrf-token': given.token }
}
