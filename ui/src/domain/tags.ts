/** Tags as they are typed. */

/** Tags from a text in which commas part them. */
export function tagsIn(text: string): string[] {
  return [...new Set(text.split(',').map((tag) => tag.trim()).filter(Boolean))]
}
