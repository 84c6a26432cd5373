/** What the viewer chose, kept in this browser: language, theme, time zone, how much lists show. */

export type Language = 'en' | 'zh'
export type Palette = 'usual' | 'safe'
export type Theme = 'system' | 'light' | 'dark'

const DARK = matchMedia('(prefers-color-scheme: dark)')
const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone

function kept(name: string, otherwise: string): string {
  return localStorage.getItem(`tidemill-${name}`) ?? otherwise
}

class Choices {
  language = $state<Language>(kept('language', navigator.language.startsWith('zh') ? 'zh' : 'en') as Language)
  theme = $state<Theme>(kept('theme', 'system') as Theme)
  zone = $state(kept('zone', HERE))
  /** `safe` for who cannot tell red from green. */
  palette = $state<Palette>(kept('palette', 'usual') as Palette)
  /** How many rows lists show at once. */
  pageSize = $state(Number(kept('pageSize', '50')))
  /** The columns of runs that are not shown. */
  hidden = $state.raw<readonly string[]>(kept('hidden', '').split(' ').filter(Boolean))

  /** The language as browsers name it. */
  get locale(): string {
    return this.language === 'zh' ? 'zh-CN' : 'en-GB'
  }

  keep(): void {
    for (const name of ['language', 'theme', 'palette', 'zone', 'pageSize'] as const) localStorage.setItem(`tidemill-${name}`, String(this[name]))
    localStorage.setItem('tidemill-hidden', this.hidden.join(' '))
    document.documentElement.lang = this.locale
    this.show()
  }

  /** Have the page shown in the colours that were chosen. */
  show(): void {
    document.documentElement.dataset.palette = this.palette
    document.documentElement.dataset.theme = this.theme === 'system' ? (DARK.matches ? 'dark' : 'light') : this.theme
  }
}

export const choices = new Choices()
DARK.addEventListener('change', () => choices.show())
choices.keep()
