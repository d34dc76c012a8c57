// What a student's browser loads before it can play: on 32 kbit/s every kilobyte is a quarter of a second.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { expect, it } from 'vitest';

const dist = new URL('../dist/', import.meta.url).pathname;

it.skipIf(!existsSync(dist))("a student's page is under 60 kB, packed under 20 kB, and all from this server", () => {
  const html = readFileSync(`${dist}index.html`, 'utf8');
  const loaded = ['index.html', ...[...html.matchAll(/(?:src|href)="\/([^"]+)"/g)].map((match) => match[1]!)];
  expect(html).not.toMatch(/(?:src|href)="https?:/);
  const size = (suffix: string) => loaded.reduce((sum, file) => sum + statSync(`${dist}${file}${suffix}`).size, 0);
  expect(loaded.length).toBeGreaterThanOrEqual(3);
  expect(size('')).toBeLessThan(60_000);
  expect(size('.br')).toBeLessThan(20_000);
  expect(readdirSync(`${dist}assets`).some((file) => file.startsWith('teacher-'))).toBe(true);
  expect(loaded.some((file) => file.includes('teacher-')), 'what only a teacher needs').toBe(false);
  expect(loaded.some((file) => /student-|lesson-/.test(file)), 'what is looked at when the voice is there').toBe(false);
});
