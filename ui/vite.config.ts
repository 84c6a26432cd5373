/// <reference types="vitest/config" />
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

// Addresses in the page are relative to where the server shows it: the server puts its prefix in front of `/assets`.
export default defineConfig({
  base: '/',
  plugins: [svelte()],
  build: { outDir: 'dist', target: 'es2022', modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  experimental: {
    renderBuiltUrl: (name, { hostType }) => (hostType === 'html' ? `/${name}` : { relative: true }),
  },
  test: { include: ['tests/**/*.test.ts'] },
})
