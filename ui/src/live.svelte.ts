/** Answers of the server that stay true: asked for again when something was recorded, or when the question changes. */

import { Problem } from './api/ask'
import { changes } from './changes.svelte'

const SHORTEST_PAUSE_MS = 400

export class Live<T> {
  value = $state.raw<T>()
  problem = $state.raw<Problem>()
  /** Whether the very first answer is still on its way. */
  waiting = $derived(this.value === undefined && this.problem === undefined)
  /** Ask again at once. */
  again: () => void = () => {}
}

/**
 * What a question is answered with, as long as the component lives.
 *
 * `question` is asked anew when a state that it reads before its first `await` changes, and after changes on the server,
 * at most as often as the answers come, and never twice at once.
 */
export function live<T>(question: (signal: AbortSignal) => Promise<T>): Live<T> {
  const answer = new Live<T>()
  $effect(() => {
    const control = new AbortController()
    let isAsking = false
    let isStale = false
    const take = async (asked: Promise<T>) => {
      isAsking = true
      const began = performance.now()
      try {
        answer.value = await asked
        answer.problem = undefined
      } catch (error) {
        if (!control.signal.aborted) answer.problem = error instanceof Problem ? error : new Problem(String(error), 0)
      }
      const pause = Math.max(SHORTEST_PAUSE_MS, performance.now() - began)
      setTimeout(() => {
        isAsking = false
        if (isStale) again()
      }, pause)
    }
    const again = () => {
      if (changes.isHeld) return
      isStale = isAsking
      if (!isAsking && !control.signal.aborted) void take(question(control.signal))
    }
    answer.again = again
    void take(question(control.signal))
    const stop = changes.listen(again)
    return () => {
      stop()
      control.abort()
    }
  })
  return answer
}
