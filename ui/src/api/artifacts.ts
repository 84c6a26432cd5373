/** What the pages ask of artifacts. */

import type { Artifact } from '../domain/artifacts'
import { get, post, remove } from './ask'
import { artifact, latestArtifact, type Wire } from './convert'
import type { Filters } from './runs'

export const listArtifacts = async (filters: Filters, signal?: AbortSignal): Promise<Artifact[]> =>
  (await post<Wire['Artifact'][]>('/artifacts/filter', filters, signal)).map(artifact)

/** The latest artifact of each key. */
export const listLatest = async (filters: Filters, signal?: AbortSignal): Promise<Artifact[]> =>
  (await post<Wire['ArtifactCollection'][]>('/artifacts/latest/filter', filters, signal)).map(latestArtifact)

export const countLatest = (filters: Filters, signal?: AbortSignal) => post<number>('/artifacts/latest/count', filters, signal)

export const countArtifacts = (filters: Filters, signal?: AbortSignal) => post<number>('/artifacts/count', filters, signal)

export const readArtifact = async (id: string, signal?: AbortSignal): Promise<Artifact> => artifact(await get<Wire['Artifact']>(`/artifacts/${id}`, signal))

export const deleteArtifact = (id: string) => remove(`/artifacts/${id}`)
