// People with browsers.
import { test as base, type Browser, type BrowserContextOptions, expect, type Page } from '@playwright/test';
import { mkdirSync } from 'node:fs';
import { settled } from './looks.ts';
import { type Heard, installProbe, type Seen } from './page-probe.ts';
import { School } from './school.ts';
import { running, Server } from './server.ts';

const shots = new URL('../../../build/screenshots/', import.meta.url).pathname;
mkdirSync(shots, { recursive: true });

export const camera = '.camera-picture';
export const screen = '.screen-picture';
export const desktop = { width: 1366, height: 768 };
export const phone = { width: 360, height: 740 };

// Everybody goes home after a test, and after a failed one what the pages and the servers said is printed.
export const test = base.extend<{ home: void }>({
  home: [
    async ({ browser }, use, info) => {
      await use();
      if (info.status !== info.expectedStatus) console.error([...running].map((server) => server.log.slice(-4000)).join('\n'));
      await Promise.all(browser.contexts().map((context) => context.close()));
    },
    { auto: true },
  ],
});

// A server with one school and its lesson, new for each test of the file that asks for it.
export function freshSchool(use: (opened: { server: Server; school: School }) => void, title?: string): void {
  let server: Server;
  test.beforeEach(async () => {
    server = new Server();
    await server.start();
    use({ server, school: await School.open(server, title) });
  });
  test.afterEach(() => server.stop());
}

export async function sit(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: desktop, locale: 'en-GB', ...options });
  const page = await context.newPage();
  await page.addInitScript(installProbe);
  page.on('pageerror', (error) => console.error(`page error: ${error.message}`));
  return page;
}

export function hear(page: Page): Promise<Heard> {
  return page.evaluate(() => window.hear());
}

export function look(page: Page, which: string): Promise<Seen> {
  return page.evaluate((selector) => window.look(selector), which);
}

export async function enter(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByRole('button', { name: 'Enter' }).click();
}

export async function teach(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByRole('button', { name: /Start the lesson|Go on with the lesson/ }).click();
  await expect(page.getByText('You are heard and seen.')).toBeVisible();
}

// Whoever was invited sets her password, and is on her home page.
export async function signIn(page: Page, invitation: string): Promise<void> {
  await page.goto(invitation);
  await page.getByLabel('Password').fill('a quiet school desk');
  await page.getByRole('button', { name: 'Set the password' }).click();
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
}

// Decodes frames that are not black and that change.
export async function expectPicture(page: Page, which: string): Promise<void> {
  await expect.poll(async () => (await look(page, which)).brightness, { message: `${which} is not black` }).toBeGreaterThan(10);
  const { framesDecoded } = await hear(page);
  const { fingerprint } = await look(page, which);
  await expect.poll(async () => (await hear(page)).framesDecoded, { message: 'frames are decoded' }).toBeGreaterThan(framesDecoded + 10);
  await expect.poll(async () => (await look(page, which)).fingerprint, { message: `${which} changes` }).not.toBe(fingerprint);
}

// Packets of voice arrive, and the loudest is above silence.
export async function expectVoice(page: Page): Promise<void> {
  const { voicePackets } = await hear(page);
  await expect.poll(async () => (await hear(page)).voicePackets, { message: 'voice arrives' }).toBeGreaterThan(voicePackets + 25);
  await expect.poll(async () => (await hear(page)).level, { message: 'the voice is above silence', intervals: [50] }).toBeGreaterThan(0.01);
}

export async function shoot(page: Page, name: string): Promise<void> {
  await settled(page);
  await page.screenshot({ path: `${shots}${name}.png` });
}

// Many people, without a browser each: sockets of an open guest link.
export async function crowd(page: Page, link: string, count: number): Promise<void> {
  const [, lesson, token] = /join\/([^#]*)#(.*)/.exec(link)!;
  await page.evaluate(
    ({ lesson, token, count }) =>
      Promise.all(
        Array.from({ length: count }, (_, index) =>
          new Promise((welcomed) => {
            const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/api/v1/lessons/${lesson}/live`, 'thranio.v1');
            socket.onopen = () =>
              socket.send(JSON.stringify({ kind: 'hello', token, name: `Student ${index + 1}`, guest_key: `crowd-${index}-key` }));
            socket.onmessage = welcomed;
          }),
        ),
      ),
    { lesson: lesson!, token: token!, count },
  );
}
