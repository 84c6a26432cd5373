/** What a run left behind, as far as the server shows it. */

/** Why a result is not shown, or that it is. */
export type ResultStatus = 'shown' | 'none' | 'in a block' | 'not here' | 'too large' | 'no JSON'

export interface Result {
  status: ResultStatus
  /** JSON, cut where it is long; empty where it is not shown. */
  text: string
  isCut: boolean
  serializer: string
}

/** JSON in lines; what is cut, or none, stays as it is. */
export function inLines(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
