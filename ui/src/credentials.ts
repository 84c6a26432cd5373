/** What the user told the login page, for as long as this tab is open. */

const NAME = 'tidemill-credentials'

export const credentials = {
  /** The text `user:password`, or an empty one. */
  get token(): string {
    return sessionStorage.getItem(NAME) ?? ''
  },
  set token(text: string) {
    sessionStorage.setItem(NAME, text)
  },
  header(): Record<string, string> {
    return this.token ? { authorization: `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(this.token)))}` } : {}
  },
  /** Have the login page shown; it comes back to this one. */
  ask(): void {
    dispatchEvent(new Event('login-wanted'))
  },
}
