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

function isBranch(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
}
