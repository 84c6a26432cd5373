/**
 * A picture of runs before it is drawn: boxes and lines in a plane, and the part of the plane that a window shows.
 *
 * The timeline and the dependency graph make scenes; one canvas draws both.
 */

import type { StateType } from '../domain/states'

/** A run in the plane. */
export interface Box {
  id: string
  label: string
  kind: 'task-run' | 'flow-run'
  type: StateType
  x: number
  y: number
  width: number
  height: number
  /** The places on x at which it made artifacts, in the plane. */
  marks?: number[]
  /** The parts of it that are drawn in colours of their own; between them it waited. */
  parts?: { x: number; width: number; type: StateType }[]
}

/** A dependency, from the right side of one box to the left side of another. */
export interface Edge {
  from: Box
  to: Box
}

export interface Scene {
  boxes: Box[]
  edges: Edge[]
  width: number
  height: number
  /** The places on x at which the whole made artifacts. */
  marks?: number[]
  /** What x means: seconds since the beginning, or nothing. */
  unit: 'seconds' | 'none'
}

/** What a window of so many pixels shows: the plane's point at its corner, and pixels for each unit of the plane. */
export interface View {
  left: number
  top: number
  scaleX: number
  scaleY: number
}

export interface Size {
  width: number
  height: number
}

const MARGIN_PX = 12

/** The view that shows a whole scene; rows are never taller than drawn one to one. */
export function wholeView(scene: Scene, size: Size): View {
  const width = Math.max(scene.width, 1e-6)
  const scaleX = Math.max(size.width - 2 * MARGIN_PX, 1) / width
  if (scene.unit === 'seconds') return { left: -MARGIN_PX / scaleX, top: 0, scaleX, scaleY: 1 }
  const scale = Math.min(scaleX, Math.max(size.height - 2 * MARGIN_PX, 1) / Math.max(scene.height, 1), 1)
  return { left: -MARGIN_PX / scale, top: -MARGIN_PX / scale, scaleX: scale, scaleY: scale }
}

/** The view after a drag by so many pixels. */
export function moved(view: View, dx: number, dy: number): View {
  return { ...view, left: view.left - dx / view.scaleX, top: view.top - dy / view.scaleY }
}

/** The view enlarged by a factor around a pixel, which stays where it is. */
export function zoomed(view: View, factor: number, x: number, y: number, unit: Scene['unit']): View {
  const scaleX = view.scaleX * factor
  const scaleY = unit === 'seconds' ? view.scaleY : view.scaleY * factor
  return {
    left: view.left + x / view.scaleX - x / scaleX,
    top: view.top + y / view.scaleY - y / scaleY,
    scaleX,
    scaleY,
  }
}

/** The view kept where there is something to see. */
export function bounded(view: View, scene: Scene, size: Size): View {
  const [width, height] = [size.width / view.scaleX, size.height / view.scaleY]
  return {
    ...view,
    left: Math.min(Math.max(view.left, -width * 0.9), Math.max(scene.width - width * 0.1, 0)),
    top: Math.min(Math.max(view.top, -height * 0.5), Math.max(scene.height - height * 0.5, 0)),
  }
}

/** The view with a box in the middle of the window. */
export function centred(view: View, box: Box, size: Size): View {
  return {
    ...view,
    left: box.x + box.width / 2 - size.width / view.scaleX / 2,
    top: box.y + box.height / 2 - size.height / view.scaleY / 2,
  }
}

/** The box under a pixel. */
export function boxAt(scene: Scene, view: View, x: number, y: number): Box | undefined {
  const [px, py] = [view.left + x / view.scaleX, view.top + y / view.scaleY]
  const slack = 3 / view.scaleX
  return scene.boxes.find((box) => {
    return px >= box.x - slack && px <= box.x + box.width + slack && py >= box.y && py <= box.y + box.height
  })
}

/** How much of its row is free on both sides of a box, in the plane. */
export interface Room {
  left: number
  right: number
}

/** The room beside each of some boxes; without end where no other box is. */
export function roomsOf(boxes: readonly Box[]): Map<string, Room> {
  const rooms = new Map<string, Room>()
  const last = new Map<number, Box>()
  for (const box of [...boxes].sort((a, b) => a.x - b.x)) {
    const before = last.get(box.y)
    const between = before ? box.x - before.x - before.width : Infinity
    const room = before && rooms.get(before.id)
    if (room) room.right = between
    rooms.set(box.id, { left: between, right: Infinity })
    last.set(box.y, box)
  }
  return rooms
}

/** Whether a box can be seen. */
export function isVisible(box: Box, view: View, size: Size): boolean {
  const [right, bottom] = [view.left + size.width / view.scaleX, view.top + size.height / view.scaleY]
  return box.x <= right && box.x + box.width >= view.left && box.y <= bottom && box.y + box.height >= view.top
}
