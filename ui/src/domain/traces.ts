/** A traceback in stretches: frames of the user's code and of others', and frames of this package, which are folded. */

export interface Stretch {
  text: string
  isOurs: boolean
  frames: number
}

/** A file of this package, where it is installed or in its own sources. */
const OURS = /^\s*File "[^"]*[\\/](?:site-packages|dist-packages|src)[\\/]prefect[\\/]/
const FRAME = /^(\s*)File "/

/** The stretches of a traceback in their order. One of our frames alone stays folded, too. */
export function stretches(trace: string): Stretch[] {
  const found: Stretch[] = []
  let depth = -1
  let isOurs = false
  for (const line of trace.split('\n')) {
    const frame = FRAME.exec(line)
    if (frame) {
      depth = frame[1]?.length ?? 0
      isOurs = OURS.test(line)
    } else if (depth < 0 || line.search(/\S/) <= depth) {
      isOurs = false
    }
    const last = found.at(-1)
    if (last && last.isOurs === isOurs) {
      last.text += `\n${line}`
      last.frames += frame ? 1 : 0
    } else {
      found.push({ text: line, isOurs, frames: frame ? 1 : 0 })
    }
  }
  return found
}

/** A place in the user's code. */
export interface Spot {
  file: string
  line: number
  name: string
  code: string
}

const FRAME_OF = /^\s*File "([^"]+)", line (\d+), in (.+)$/
const OF_OTHERS = /[\\/](?:site-packages|dist-packages)[\\/]|[\\/]lib[\\/]python3|^<frozen /

/** Where in the user's code an error came up: the last frame that is neither of this package nor of an installed one. */
export function culprit(trace: string): Spot | undefined {
  const lines = trace.split('\n')
  for (let index = lines.length - 1; index >= 0; index -= 1) {
    const [found, file = '', line = '', name = ''] = FRAME_OF.exec(lines[index] ?? '') ?? []
    if (found === undefined || OURS.test(found) || OF_OTHERS.test(file)) continue
    const next = lines[index + 1] ?? ''
    return { file, line: Number(line), name, code: FRAME.test(next) ? '' : next.trim() }
  }
  return undefined
}
