/** The names of states in the viewer's language; a name that users made up stays as it is. */

import { nameOfType, type StateType } from '../domain/states'
import { t, type Word } from '.'
import { runs } from './runs'

export function stateWord(name: string): string {
  const word = `state.${name}`
  return word in runs ? t(word as Word) : name
}

/** The name of the plain state of a type in the viewer's language. */
export const typeWord = (type: StateType): string => stateWord(nameOfType(type))
