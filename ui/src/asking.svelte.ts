/** One question to the user at a time, and short notices of what became of a deed. */

import { Problem } from './api/ask'
import { changes } from './changes.svelte'

interface Question {
  text: string
  deed: string
  answer: (isSure: boolean) => void
}

export interface Notice {
  id: number
  text: string
  isBad: boolean
}

const NOTICE_MS = 6_000

class Asking {
  question = $state.raw<Question>()
  notices = $state.raw<Notice[]>([])
  private count = 0

  /** Whether the user is sure; `deed` is what the button says. */
  sure(text: string, deed: string): Promise<boolean> {
    return new Promise((resolve) => {
      const answer = (isSure: boolean) => {
        this.question = undefined
        resolve(isSure)
      }
      this.question = { text, deed, answer }
    })
  }

  /** Do something and say so; or say why it did not work. Whether it did. */
  async doing(deed: () => Promise<unknown>, done: string): Promise<boolean> {
    try {
      await changes.while(deed)
      this.tell(done, false)
      return true
    } catch (error) {
      const problem = error instanceof Problem ? `${error.message} ${error.advice}` : String(error)
      this.tell(problem, true)
      return false
    }
  }

  tell(text: string, isBad: boolean): void {
    if (!text) return
    const notice = { id: ++this.count, text, isBad }
    this.notices = [...this.notices, notice]
    setTimeout(() => this.forget(notice), isBad ? 2 * NOTICE_MS : NOTICE_MS)
  }

  forget(notice: Notice): void {
    this.notices = this.notices.filter((one) => one.id !== notice.id)
  }
}

export const asking = new Asking()
