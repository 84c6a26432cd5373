/** Where the browser is: the page's path below the server's prefix, and the query, which holds a page's filters. */

/** The prefix under which the server shows the pages; all scripts lie in its folder `assets`. */
export const BASE = import.meta.env.DEV ? '' : new URL(/* @vite-ignore */ '..', import.meta.url).pathname.replace(/\/$/, '')

/** Paths of the server that are no pages. */
const NOT_OURS = /^\/(api|docs|openapi\.json)(\/|$)/

/** Lists, of which the last filters are remembered in this browser. */
const LISTS = /^\/(runs|flows|deployments|artifacts|assets|events|automations|variables|concurrency-limits|dashboard)?$/

class Place {
  path = $state('/')
  query = $state.raw(new URLSearchParams())

  /** The number of the page of a list, from 0. */
  page = $derived(Math.max(Number(this.query.get('page')) || 0, 0))

  constructor() {
    this.read()
    history.scrollRestoration = 'manual'
    addEventListener('popstate', (event) => {
      this.read()
      scrollBack((event.state as Kept | null)?.top ?? 0)
    })
    addEventListener('scrollend', () => keepTop())
    document.addEventListener('click', (event) => this.follow(event))
  }

  read(): void {
    this.path = location.pathname.slice(BASE.length) || '/'
    this.query = new URLSearchParams(location.search)
    if (LISTS.test(this.path)) localStorage.setItem(`tidemill-last-${this.path}`, filtersOf(this.query))
  }

  private follow(event: MouseEvent): void {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement | SVGAElement>('a') : null
    const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    if (!link || !isPlain || event.defaultPrevented || link.hasAttribute('target') || link.hasAttribute('download')) return
    const to = new URL(link.getAttribute('href') ?? '', location.href)
    const path = to.pathname.slice(BASE.length)
    if (to.origin !== location.origin || !to.pathname.startsWith(`${BASE}/`) || to.hash || NOT_OURS.test(path)) return
    event.preventDefault()
    go(path + to.search)
  }
}

/** The filters of a list: its query without the page, and without a span that was chosen by its moments. */
function filtersOf(query: URLSearchParams): string {
  const filters = new URLSearchParams(query)
  for (const name of ['page', 'after', 'from', 'until']) filters.delete(name)
  return filters.toString()
}

export const place = new Place()

/** The path of a list with the filters that it had last. */
export function lastAt(path: string): string {
  const filters = LISTS.test(path) ? localStorage.getItem(`tidemill-last-${path}`) : ''
  return filters ? `${path}?${filters}` : path
}

/** The address of a page, for a link. */
export function href(path: string): string {
  return BASE + path
}

/** Show another page. */
export function go(path: string): void {
  keepTop()
  history.pushState(null, '', BASE + path)
  place.read()
  scrollTo(0, 0)
}

/** Change parts of the query, without a new entry in the browser's history; an empty text takes a part away. */
export function ask(changes: Record<string, string>): void {
  const query = new URLSearchParams(place.query)
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value)
    else query.delete(name)
  }
  const text = query.toString()
  history.replaceState(history.state, '', BASE + place.path + (text ? `?${text}` : ''))
  place.read()
}

/** What an entry of the browser's history keeps: how far its page was scrolled. */
interface Kept {
  top: number
}

const PATIENCE_MS = 3_000

function keepTop(): void {
  history.replaceState({ top: scrollY } satisfies Kept, '')
}

/** Scroll to where a page was, as soon as it is long enough again; not where the user scrolls first. */
function scrollBack(top: number): void {
  const control = new AbortController()
  const stop = () => {
    watch.disconnect()
    control.abort()
  }
  const isThere = () => {
    scrollTo(0, top)
    if (Math.abs(scrollY - top) < 2) stop()
  }
  const watch = new ResizeObserver(isThere)
  watch.observe(document.body)
  setTimeout(stop, PATIENCE_MS)
  for (const name of ['wheel', 'touchstart', 'keydown', 'pointerdown']) addEventListener(name, stop, { signal: control.signal, passive: true })
}
