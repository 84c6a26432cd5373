/** Flows as the pages know them. */

export interface Flow {
  id: string
  name: string
  tags: string[]
  created: number | null
}
