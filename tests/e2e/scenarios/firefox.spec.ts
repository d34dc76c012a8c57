// A student in Firefox ESR, driven over WebDriver BiDi.
import { expect } from '@playwright/test';
import { existsSync } from 'node:fs';
import puppeteer from 'puppeteer-core';
import { sit, teach, test } from '../support/classroom.ts';
import { installProbe } from '../support/page-probe.ts';
import { School } from '../support/school.ts';
import { Server } from '../support/server.ts';

const firefox = process.env.THRANIO_FIREFOX ?? '/usr/bin/firefox-esr';

test('a student in Firefox sees and hears the lesson', async ({ browser }) => {
  test.skip(!existsSync(firefox), `no Firefox at ${firefox}`);
  // Without leave to use devices Firefox speaks from the address of its default route alone, never from loopback.
  const server = new Server([], '0.0.0.0');
  await server.start();
  const school = await School.open(server);
  const teacher = await sit(browser);
  await teach(teacher, await school.link({ role: 'teacher' }));

  const fox = await puppeteer.launch({
    browser: 'firefox',
    executablePath: firefox,
    headless: true,
    extraPrefsFirefox: {
      'media.peerconnection.ice.loopback': true,
      'media.autoplay.default': 0,
      'intl.accept_languages': 'en-GB',
    },
  });
  const page = await fox.newPage();
  await page.setViewport({ width: 1366, height: 768 });
  await page.evaluateOnNewDocument(installProbe);
  await page.goto(await school.link({ role: 'guest', name: 'Firefox' }));
  await page.locator('form button').click();
  const hear = () => page.evaluate(() => window.hear());
  const look = () => page.evaluate(() => window.look('.camera-picture'));
  await expect.poll(async () => (await hear()).framesDecoded, { timeout: 60_000 }).toBeGreaterThan(20);
  await expect.poll(async () => (await look()).brightness).toBeGreaterThan(10);
  const { fingerprint } = await look();
  await expect.poll(async () => (await look()).fingerprint).not.toBe(fingerprint);
  const { voicePackets } = await hear();
  await expect.poll(async () => (await hear()).voicePackets).toBeGreaterThan(voicePackets + 25);
  await expect.poll(async () => (await hear()).level, { intervals: [50] }).toBeGreaterThan(0.01);
  await page.screenshot({ path: new URL('../../../build/screenshots/student-firefox-desktop.png', import.meta.url).pathname as `${string}.png` });
  await fox.close();
  await server.stop();
});
