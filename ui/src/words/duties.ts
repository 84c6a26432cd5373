/** The names of duties in the viewer's language. */

import { t, type Word } from '.'
import { settings } from './settings'

/** A duty's name in the viewer's language; one that this page does not know stays as it is. */
export const dutyWord = (name: string): string => (`duty.${name}` in settings ? t(`duty.${name}` as Word) : name)
