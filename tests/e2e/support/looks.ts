// What can be said of any page without knowing it.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, type Page } from '@playwright/test';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// WCAG 2.2 A and AA, as far as a machine can tell.
export async function expectAccessible(page: Page): Promise<void> {
  // What is still fading in has not yet the colours that it is read in.
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map((one) => one.finished)).then(() => undefined));
  const faults = await page.evaluate(async (source) => {
    // The page's policy lets no script in; the debugger's evaluate is not bound by it.
    (0, eval)(source);
    const { violations } = await (window as unknown as { axe: { run(o: object): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> } }).axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return violations.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.html} ${node.failureSummary}`).join('; ')}`);
  }, axe);
  expect(faults).toEqual([]);
}

export async function expectNothingCutOff(page: Page): Promise<void> {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wide, 'the page does not scroll sideways').toBeLessThanOrEqual(0);
}
