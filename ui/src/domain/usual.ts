/** How long runs of a kind usually take, and how one of them stands beside the others. */

/** What so many completed runs took, in seconds: half of them at most `median`, 95 % at most `p95`. */
export interface Usual {
  runs: number
  median: number
  p95: number
}

/** A duration as a bar: how much of its room it fills, where in it the median is, and whether it is longer than usual. */
export interface Beside {
  share: number
  mark: number
  isLong: boolean
}

/** By how much a run is longer than the median, where that is worth a word. */
const WORTH_A_WORD = 1.2

/** A duration beside those that are usual. The bar's room is what nearly all took, but the median is never past its middle. */
export function beside(seconds: number, usual: Usual): Beside {
  const room = Math.max(2 * usual.median, usual.p95, 0.001)
  return {
    share: Math.min(seconds / room, 1),
    mark: usual.median / room,
    isLong: seconds > usual.p95 && seconds > WORTH_A_WORD * usual.median,
  }
}
