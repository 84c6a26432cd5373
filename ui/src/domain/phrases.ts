/** Texts that somebody looks for: as the server is asked for them, and where they stand in a line. */

/** What a search of the server has at most, quotes and backslashes included. */
const LONGEST = 200

/** A text as the search that finds these very words in a row, signs included. */
export function phrase(text: string): string {
  let written = ''
  for (const sign of text) {
    const more = /["\\]/.test(sign) ? `\\${sign}` : sign
    if (written.length + more.length > LONGEST - 2) break
    written += more
  }
  return `"${written}"`
}

/** A line in parts, those that are the wanted text marked; case does not count. */
export function marked(line: string, wanted: string): { text: string; isWanted: boolean }[] {
  if (!wanted) return [{ text: line, isWanted: false }]
  const [low, text] = [line.toLowerCase(), wanted.toLowerCase()]
  if (low.length !== line.length) return [{ text: line, isWanted: false }]
  const parts: { text: string; isWanted: boolean }[] = []
  let from = 0
  for (let at = low.indexOf(text); at >= 0; at = low.indexOf(text, from)) {
    if (at > from) parts.push({ text: line.slice(from, at), isWanted: false })
    from = at + text.length
    parts.push({ text: line.slice(at, from), isWanted: true })
  }
  if (from < line.length || !parts.length) parts.push({ text: line.slice(from), isWanted: false })
  return parts
}
