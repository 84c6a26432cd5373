/** The names of states in the viewer's language; a name that users made up stays as it is. */

import { t, type Word } from '.'
import { runs } from './runs'

export function stateWord(name: string): string {
  const word = `state.${name}`
  return word in runs ? t(word as Word) : name
}
