/** The pages that the navigation and the palette lead to. */

import type { Word } from '../words'

export const PAGES: readonly { path: string; word: Word }[] = [
  { path: '/', word: 'nav.dashboard' },
  { path: '/runs', word: 'nav.runs' },
  { path: '/flows', word: 'nav.flows' },
  { path: '/deployments', word: 'nav.deployments' },
  { path: '/work-pools', word: 'nav.pools' },
  { path: '/blocks', word: 'nav.blocks' },
  { path: '/artifacts', word: 'nav.artifacts' },
  { path: '/events', word: 'nav.events' },
  { path: '/assets', word: 'nav.assets' },
  { path: '/automations', word: 'nav.automations' },
  { path: '/variables', word: 'nav.variables' },
  { path: '/concurrency-limits', word: 'nav.limits' },
  { path: '/settings', word: 'nav.settings' },
]
