/** Log lines as they are drawn: the colours that programs write for terminals, addresses to open, and what is looked for. */

/** A part of a text, from one place until before another. */
export interface Stretch {
  from: number
  until: number
}

/** Where in a text something is found; nothing is found by nobody. */
export type Finder = (text: string) => Stretch[]

export type Colour = '' | 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'soft'

export interface Look {
  colour: Colour
  isBold: boolean
  isUnderlined: boolean
}

/** A part of a line that looks the same throughout. */
export interface Piece extends Look {
  text: string
  isWanted: boolean
  /** An address of the web, or an empty text. */
  href: string
}

/** Longer texts are not searched by pattern here: a bad pattern could keep the page busy. */
const LONGEST_BY_PATTERN = 2_000
const ESCAPES = /\x1b(?:\[([0-?]*)[ -/]*([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~]?)/g
const ADDRESS = /\bhttps?:\/\/[^\s<>"'`]+/gi
const COLOURS: readonly Colour[] = ['', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'soft']
const PLAIN: Look = { colour: '', isBold: false, isUnderlined: false }

/** Finds a text, or what a pattern means; case does not count. A pattern that the browser cannot read finds nothing. */
export function finderOf(wanted: string, isPattern: boolean): Finder {
  if (!wanted) return () => []
  if (!isPattern) return (text) => phrases(text, wanted)
  try {
    const pattern = new RegExp(wanted, 'giu')
    return (text) => [...text.slice(0, LONGEST_BY_PATTERN).matchAll(pattern)].flatMap(({ 0: found, index }) => (found ? { from: index, until: index + found.length } : []))
  } catch {
    return () => []
  }
}

function phrases(text: string, wanted: string): Stretch[] {
  const [low, asked] = [text.toLowerCase(), wanted.toLowerCase()]
  if (low.length !== text.length) return []
  const found: Stretch[] = []
  for (let at = low.indexOf(asked); at >= 0; at = low.indexOf(asked, at + asked.length)) found.push({ from: at, until: at + asked.length })
  return found
}

/** The rows of a message; colours that a row leaves on begin the next one, too. */
export function rowsOf(message: string): string[] {
  const rows = message.split('\n')
  if (!message.includes('\x1b')) return rows
  let open = ''
  return rows.map((row) => {
    const whole = open + row
    open = [...whole.matchAll(ESCAPES)].filter((found) => found[2] === 'm').map((found) => found[0]).join('')
    return whole
  })
}

/** A row in pieces; no sign of a terminal is left in them. */
export function piecesOf(row: string, find: Finder): Piece[] {
  const { text, looks } = shown(row)
  const [wanted, addresses] = [find(text), addressesIn(text)]
  const cuts = new Set([0, text.length, ...looks.map((look) => look.from), ...[...wanted, ...addresses].flatMap(({ from, until }) => [from, until])])
  const places = [...cuts].filter((place) => place <= text.length).sort((a, b) => a - b)
  return places.slice(0, -1).map((from, index) => {
    const { colour, isBold, isUnderlined } = looks.findLast((look) => look.from <= from) ?? PLAIN
    const within = ({ from: start, until }: Stretch) => start <= from && from < until
    const address = addresses.find(within)
    return { text: text.slice(from, places[index + 1]), colour, isBold, isUnderlined, isWanted: wanted.some(within), href: address ? text.slice(address.from, address.until) : '' }
  })
}

/** The text without the signs for terminals. */
export const plain = (row: string): string => row.replace(ESCAPES, '')

function shown(row: string): { text: string; looks: (Look & { from: number })[] } {
  if (!row.includes('\x1b')) return { text: row, looks: [] }
  const looks: (Look & { from: number })[] = []
  let [text, last, look] = ['', 0, PLAIN]
  for (const found of row.matchAll(ESCAPES)) {
    text += row.slice(last, found.index)
    last = found.index + found[0].length
    if (found[2] !== 'm') continue
    look = changed(look, (found[1] ?? '').split(/[;:]/).map(Number))
    looks.push({ ...look, from: text.length })
  }
  return { text: text + row.slice(last), looks }
}

/** A look after a terminal's codes (ECMA-48, SGR). Backgrounds are left out: nobody knows whether texts on them can be read. */
function changed(look: Look, codes: readonly number[]): Look {
  let next = look
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0
    if (code === 0) next = PLAIN
    else if (code === 1) next = { ...next, isBold: true }
    else if (code === 2) next = { ...next, colour: 'soft' }
    else if (code === 4) next = { ...next, isUnderlined: true }
    else if (code === 22) next = { ...next, isBold: false }
    else if (code === 24) next = { ...next, isUnderlined: false }
    else if (code === 39) next = { ...next, colour: '' }
    else if (code >= 30 && code <= 37) next = { ...next, colour: COLOURS[code - 30] ?? '' }
    else if (code >= 90 && code <= 97) next = { ...next, colour: code === 90 ? 'soft' : (COLOURS[code - 90] ?? '') }
    else if (code === 38 || code === 48) {
      const isOfTable = codes[at + 1] === 5
      if (code === 38) next = { ...next, colour: isOfTable ? ofTable(codes[at + 2] ?? 0) : nearest(codes.slice(at + 2, at + 5)) }
      at += isOfTable ? 2 : 4
    }
  }
  return next
}

/** A colour of the table of 256: 16 with names, a cube of 6 × 6 × 6, and greys. */
function ofTable(number: number): Colour {
  if (number < 16) return number === 8 ? 'soft' : (COLOURS[number % 8] ?? '')
  if (number > 231) return number < 244 ? 'soft' : ''
  const place = number - 16
  return nearest([Math.floor(place / 36) * 51, (Math.floor(place / 6) % 6) * 51, (place % 6) * 51])
}

/** The colour with a name that is nearest to a mixture of red, green and blue, each from 0 to 255. */
function nearest([red = 0, green = 0, blue = 0]: readonly number[]): Colour {
  const [most, least] = [Math.max(red, green, blue), Math.min(red, green, blue)]
  if (most - least < 48) return ''
  const isStrong = (share: number) => share - least > (most - least) / 2
  return COLOURS[(isStrong(red) ? 1 : 0) + (isStrong(green) ? 2 : 0) + (isStrong(blue) ? 4 : 0)] ?? ''
}

/** Addresses of the web in a text, without the signs that end a sentence. */
function addressesIn(text: string): Stretch[] {
  return [...text.matchAll(ADDRESS)].map(({ 0: found, index }) => {
    const whole = found.replace(/[.,;:!?*\]}]+$/, '')
    const address = whole.endsWith(')') && !whole.includes('(') ? whole.slice(0, -1) : whole
    return { from: index, until: index + address.length }
  })
}
