import { expect, test } from 'vitest'
import { finderOf, piecesOf, plain, rowsOf } from '../src/domain/lines'

const NOBODY = finderOf('', false)
const texts = (row: string, find = NOBODY) => piecesOf(row, find).map((piece) => (piece.isWanted ? `[${piece.text}]` : piece.text))

test('a line is parted where it holds the text, in whatever case', () => {
  expect(texts('Line 0, line 0!', finderOf('line 0', false))).toEqual(['[Line 0]', ', ', '[line 0]', '!'])
  expect(texts('nothing', finderOf('line', false))).toEqual(['nothing'])
})

test('a pattern finds what it means, and one that cannot be read nothing', () => {
  expect(texts('took 12 ms or 3 ms', finderOf('\\d+ MS', true))).toEqual(['took ', '[12 ms]', ' or ', '[3 ms]'])
  expect(texts('a(b', finderOf('a(', true))).toEqual(['a(b'])
  expect(texts('abc', finderOf('x*', true))).toEqual(['abc'])
})

test('colours of terminals are looks, and nothing of their signs is left', () => {
  const pieces = piecesOf('\x1b[1;31mred\x1b[0m \x1b[38;5;46mgreen\x1b[39m \x1b[38;2;0;0;255mblue\x1b[2K\x1b]0;title\x07', NOBODY)

  expect(pieces.map(({ text, colour, isBold }) => [text, colour, isBold])).toEqual([
    ['red', 'red', true],
    [' ', '', false],
    ['green', 'green', false],
    [' ', '', false],
    ['blue', 'blue', false],
  ])
  expect(plain('\x1b[32mok\x1b[0m')).toBe('ok')
})

test('what is looked for is found across colours', () => {
  expect(texts('\x1b[31mtime\x1b[0mout', finderOf('timeout', false))).toEqual(['[time]', '[out]'])
})

test('a colour goes on in the next row until it is taken back', () => {
  const [, second, third] = rowsOf('\x1b[31ma\nb\x1b[0m\nc')

  expect(piecesOf(second ?? '', NOBODY)[0]).toMatchObject({ text: 'b', colour: 'red' })
  expect(piecesOf(third ?? '', NOBODY).at(-1)).toMatchObject({ text: 'c', colour: '' })
})

test('addresses of the web alone can be opened, without the signs around them', () => {
  const hrefs = (row: string) => piecesOf(row, NOBODY).flatMap((piece) => piece.href || [])

  expect(hrefs('see https://a.example/x?y=(1), or (http://b.example).')).toEqual(['https://a.example/x?y=(1)', 'http://b.example'])
  expect(hrefs('javascript:alert(1) data:text/html,x file:///etc/passwd //evil.example')).toEqual([])
})
