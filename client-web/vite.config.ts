import preact from '@preact/preset-vite';
import { defineConfig } from 'vitest/config';

// What a student's page loads after the voice, in two files: on a thin line each one more is a connection more that
// crowds the voice.
const parts: [string, RegExp][] = [
  ['room', /\/src\/(views\/(student|stage|people|data-choice|class-part|lesson-texts)|lesson\/(budget|rungs))\.tsx?$/],
  [
    'class',
    /\/src\/(class\/(student|room|state|board|announcer|chat|poll|floor|parts|talker|command-keys|slide-part|texts|catalogues)|media\/(devices|publisher|layers)|views\/publishing)\.tsx?$/,
  ],
];

export default defineConfig({
  plugins: [preact()],
  build: {
    target: 'es2020',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rollupOptions: {
      output: { onlyExplicitManualChunks: true, manualChunks: (id) => parts.find(([, files]) => files.test(id))?.[0] },
    },
  },
  test: { include: ['test/**/*.test.ts'], setupFiles: ['test/page.ts'] },
});
