import { defineConfig } from '@playwright/test';

// One worker: a scenario is a class of several browsers already.
export default defineConfig({
  testDir: 'scenarios',
  testMatch: process.env.THRANIO_BENCH ? `${process.env.THRANIO_BENCH}.bench.ts` : '*.spec.ts',
  outputDir: '../../build/e2e',
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  use: {
    launchOptions: {
      executablePath: process.env.THRANIO_CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--use-fake-device-for-media-stream',
        '--use-fake-ui-for-media-stream',
        '--auto-select-desktop-capture-source=Entire screen',
        '--allow-loopback-in-peer-connection',
        '--autoplay-policy=user-gesture-required',
        '--mute-audio',
      ],
    },
    trace: 'off',
  },
});
