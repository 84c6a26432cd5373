/** The pages that the navigation and the palette lead to. */

import type { Word } from '../words'

export const PAGES: readonly { path: string; word: Word }[] = [
  { path: '/', word: 'nav.dashboard' },
  { path: '/runs', word: 'nav.runs' },
  { path: '/flows', word: 'nav.flows' },
  { path: '/deployments', word: 'nav.deployments' },
  { path: '/work-pools', word: 'nav.pools' },
  { path: '/blocks', word: 'nav.blocks' },
  { path: '/variables', word: 'nav.variables' },
  { path: '/settings', word: 'nav.settings' },
]
