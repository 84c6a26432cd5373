/// <reference types="vitest/config" />
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

/** Few files compress to less than many small ones: what pages share, Markdown, and the pages that one seldom looks at. */
const GROUPS = [
  { name: 'markdown', test: /node_modules.(marked|dompurify)/ },
  { name: 'common', minShareCount: 2 },
  { name: 'others', test: /src.pages.(Block|Automation|Variables|Limits|Settings|Work|Deployment|Asset|Artifact|Event)/ },
]

// Addresses in the page are relative to where the server shows it: the server puts its prefix in front of `/assets`.
export default defineConfig({
  base: '/',
  plugins: [svelte()],
  build: {
    outDir: 'dist',
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    rolldownOptions: { output: { codeSplitting: { groups: GROUPS } } },
  },
  experimental: {
    renderBuiltUrl: (name, { hostType }) => (hostType === 'html' ? `/${name}` : { relative: true }),
  },
  test: { include: ['tests/**/*.test.ts'] },
})
