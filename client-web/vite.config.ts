import preact from '@preact/preset-vite';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [preact()],
  build: { target: 'es2020', modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  test: { include: ['test/**/*.test.ts'], setupFiles: ['test/page.ts'] },
});
