/** Texts that somebody looks for, as the server is asked for them. */

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
