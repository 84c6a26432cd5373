/** What is usual, in words. */

import { duration } from '../domain/time'
import type { Usual } from '../domain/usual'
import { t } from '.'

/** What is usual, in a sentence. */
export const usualTold = ({ runs, median, p95 }: Usual): string => t('usual.told', { runs, median: duration(median), p95: duration(p95) })
