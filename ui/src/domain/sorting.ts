/** Lists that are here as a whole, in the order that the head of a column asks for. */

/** Sorted by the text that an order's name stands for, the other way round with a minus before the name. */
export function sorted<T>(list: readonly T[], order: string, orders: Record<string, (one: T) => string>): T[] {
  const isBackwards = order.startsWith('-')
  const textOf = orders[isBackwards ? order.slice(1) : order] ?? Object.values(orders)[0]
  if (!textOf) return [...list]
  const ascending = [...list].sort((one, other) => textOf(one).localeCompare(textOf(other)))
  return isBackwards ? ascending.reverse() : ascending
}
