/** The sign of each type of state, so that no colour says something alone. */

import type { StateType } from '../domain/states'

export const SIGNS: Record<StateType, string> = { COMPLETED: '✓', FAILED: '✕', CRASHED: '⚡', CANCELLED: '⊘', CANCELLING: '⊘', RUNNING: '▶', PENDING: '…', SCHEDULED: '◷', PAUSED: '‖' }
