/** Artifacts: what runs left for people to look at, as the pages show it. */

export interface Artifact {
  id: string
  key: string
  type: string
  description: string
  data: unknown
  flowRunId: string
  taskRunId: string
  created: number
  updated: number
}

export type Cell = string | number | boolean | null | object

export interface Table {
  columns: string[]
  rows: Cell[][]
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The table in an artifact's data: rows by column, rows as lists, or columns as lists; undefined for no table. */
export function tableOf(data: unknown): Table | undefined {
  const held = typeof data === 'string' ? parsed(data) : data
  if (isRecord(held)) return tableOfColumns(held)
  if (!Array.isArray(held)) return undefined
  if (held.every(isRecord)) return tableOfRecords(held)
  return held.every(Array.isArray) ? tableOfLists(held as Cell[][]) : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function tableOfRecords(records: Record<string, unknown>[]): Table {
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))]
  return { columns, rows: records.map((record) => columns.map((column) => (record[column] ?? null) as Cell)) }
}

function tableOfColumns(held: Record<string, unknown>): Table | undefined {
  const columns = Object.keys(held)
  const lists = Object.values(held)
  if (!lists.every(Array.isArray)) return undefined
  const height = Math.max(0, ...lists.map((list: unknown[]) => list.length))
  const rows = Array.from({ length: height }, (_, index) => lists.map((list: unknown[]) => (list[index] ?? null) as Cell))
  return { columns, rows }
}

function tableOfLists(lists: Cell[][]): Table {
  const width = Math.max(0, ...lists.map((list) => list.length))
  const columns = Array.from({ length: width }, (_, index) => String(index + 1))
  return { columns, rows: lists.map((list) => columns.map((_, index) => list[index] ?? null)) }
}

/** The rows by one column: numbers by their size, all else as texts; what is missing stands last. */
export function sorted(table: Table, column: number, descending: boolean): Cell[][] {
  const sign = descending ? -1 : 1
  return [...table.rows].sort((one, other) => {
    const [a, b] = [one[column] ?? null, other[column] ?? null]
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1
    if (typeof a === 'number' && typeof b === 'number') return (a - b) * sign
    return written(a).localeCompare(written(b), undefined, { numeric: true }) * sign
  })
}

/** A cell as a text. */
export function written(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return ''
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell)
}

/** An address that a page may lead to; undefined for any other, such as `javascript:`. */
export function safeAddress(text: string): string | undefined {
  try {
    const { protocol, href } = new URL(text)
    return protocol === 'https:' || protocol === 'http:' ? href : undefined
  } catch {
    return undefined
  }
}

/** Numbers that an artifact tells, by their names: its progress, those in a table of one row, those in its text. */
export function numbersOf({ type, data }: Pick<Artifact, 'type' | 'data'>): Record<string, number> {
  if (typeof data === 'number') return { progress: data }
  if (type === 'table') return numbersOfTable(tableOf(data))
  return typeof data === 'string' ? numbersOfText(data) : {}
}

const MOST_NUMBERS = 12

function numbersOfTable(table: Table | undefined): Record<string, number> {
  const found: Record<string, number> = {}
  for (const row of table?.rows ?? []) {
    const name = row.find((cell): cell is string => typeof cell === 'string') ?? ''
    table?.columns.forEach((column, index) => {
      const cell = row[index]
      const key = table.rows.length === 1 || !name ? column : `${name} · ${column}`
      if (typeof cell === 'number' && Object.keys(found).length < MOST_NUMBERS) found[key] ??= cell
    })
  }
  return found
}

/** In Markdown: `**Rows**: 12,345`, `Rows: 12345`, and rows of tables, `| Rows | 12 |`. */
const NUMBER_IN_TEXT = /^[\s>*+|-]*(?:\*\*|__|`)?(\p{L}[^|*_`:<>=]{0,40}?)(?:\*\*|__|`)?\s*(?::\s|:\*\*\s|[|=])\s*(?:\*\*|__|`)?\s*[$€£]?(-?\d[\d,]*(?:\.\d+)?)(?![:\d])/gmu

function numbersOfText(text: string): Record<string, number> {
  const found: Record<string, number> = {}
  for (const [, name, number] of text.matchAll(NUMBER_IN_TEXT)) {
    const key = name?.trim() ?? ''
    if (key && number && Object.keys(found).length < MOST_NUMBERS) found[key] ??= Number(number.replaceAll(',', ''))
  }
  return found
}

export interface Series {
  name: string
  points: { at: number; value: number }[]
}

/** The numbers of a history over time, each by its name; only what two artifacts at least tell of. */
export function seriesOf(history: readonly Artifact[]): Series[] {
  const series = new Map<string, Series['points']>()
  for (const one of [...history].sort((a, b) => a.created - b.created)) {
    for (const [name, value] of Object.entries(numbersOf(one))) {
      const points = series.get(name) ?? []
      points.push({ at: one.created, value })
      series.set(name, points)
    }
  }
  return [...series].flatMap(([name, points]) => (points.length > 1 ? { name, points } : []))
}
