/** The time, second by second, for what is shown relative to it. */

class Clock {
  now = $state(Date.now())

  constructor() {
    setInterval(() => (this.now = Date.now()), 1_000)
  }
}

export const clock = new Clock()
