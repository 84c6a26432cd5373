/** The server says when something was recorded; what a page shows is then asked for again. */

import { API } from './api/ask'
import { credentials } from './credentials'

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 10_000
/** How often pages ask while no such word can come. */
const POLL_MS = 5_000

class Changes {
  /** Whether the server tells us; otherwise we ask. */
  live = $state(false)
  private listeners = new Set<() => void>()
  private pause = FIRST_PAUSE_MS
  private holds = 0

  constructor() {
    this.connect()
    setInterval(() => this.live || this.tell(), POLL_MS)
    document.addEventListener('visibilitychange', () => document.hidden || this.tell())
  }

  /** Call a function after each change, until the returned one is called. */
  listen(call: () => void): () => void {
    this.listeners.add(call)
    return () => this.listeners.delete(call)
  }

  /**
   * Have pages ask for nothing again while something is done that may take away what they show, and until the page that
   * did it has had its chance to leave; then all are told.
   */
  async while<T>(deed: () => Promise<T>): Promise<T> {
    this.holds += 1
    try {
      return await deed()
    } finally {
      setTimeout(() => {
        this.holds -= 1
        this.tell()
      })
    }
  }

  /** Whether something is being done after which all are told. */
  get isHeld(): boolean {
    return this.holds > 0
  }

  private tell(): void {
    if (!document.hidden && !this.isHeld) for (const call of this.listeners) call()
  }

  private connect(): void {
    const url = new URL(`${API}/changes/out`, location.href)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    const socket = new WebSocket(url, 'prefect')
    socket.onopen = () => socket.send(JSON.stringify({ type: 'auth', token: credentials.token }))
    socket.onmessage = (event) => this.heard(String(event.data))
    socket.onclose = () => this.lost()
  }

  private heard(text: string): void {
    const { type } = JSON.parse(text) as { type: string }
    if (type === 'auth_success') {
      this.live = true
      this.pause = FIRST_PAUSE_MS
    }
    this.tell()
  }

  private lost(): void {
    this.live = false
    setTimeout(() => this.connect(), this.pause)
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS)
  }
}

export const changes = new Changes()
