/** The settings of a server, by the names of their variables. */

export interface Setting {
  name: string
  value: unknown
}

/** A tree of settings in one list: `{ api: { url } }` holds `PREFECT_API_URL`. */
export function settingsIn(tree: Record<string, unknown>, prefix = 'PREFECT'): Setting[] {
  return Object.entries(tree).flatMap(([part, value]) => {
    const name = `${prefix}_${part.toUpperCase()}`
    return isBranch(value) ? settingsIn(value, name) : [{ name, value }]
  })
}

/** A size as one reads it: "38 kB", "1.2 GB". */
export function bytes(count: number, locale: string): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte']
  const power = Math.min(Math.floor(Math.log10(Math.max(count, 1)) / 3), units.length - 1)
  const value = count / 1_000 ** power
  return new Intl.NumberFormat(locale, { style: 'unit', unit: units[power] ?? 'byte', maximumFractionDigits: value < 10 && power > 0 ? 1 : 0 }).format(value)
}

function isBranch(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
}
