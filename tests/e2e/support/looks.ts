// What can be said of any page without knowing it.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, type Page } from '@playwright/test';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// What is still fading in has not yet the colours and the place that it is seen in.
export async function settled(page: Page): Promise<void> {
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map((one) => one.finished)).then(() => undefined));
}

// WCAG 2.2 A and AA, as far as a machine can tell.
export async function expectAccessible(page: Page): Promise<void> {
  await settled(page);
  const faults = await page.evaluate(async (source) => {
    // The page's policy lets no script in; the debugger's evaluate is not bound by it.
    (0, eval)(source);
    const { violations } = await (window as unknown as { axe: { run(o: object): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> } }).axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return violations.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.html} ${node.failureSummary}`).join('; ')}`);
  }, axe);
  expect.soft(faults).toEqual([]);
}

export async function expectNothingCutOff(page: Page): Promise<void> {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wide, 'the page does not scroll sideways').toBeLessThanOrEqual(0);
}

// What is opened beside the stage lies over none of it.
export async function expectStageInSight(page: Page): Promise<void> {
  const covered = await page.evaluate(() => {
    const [stage, aside] = ['.lesson > .stage', '.room > aside'].map((one) => document.querySelector(one)?.getBoundingClientRect());
    if (!stage || !aside || aside.width === 0) return 0;
    const both = (start: 'left' | 'top', end: 'right' | 'bottom') => Math.max(0, Math.min(stage[end], aside[end]) - Math.max(stage[start], aside[start]));
    return both('left', 'right') * both('top', 'bottom');
  });
  expect.soft(covered, 'pixels of the stage that are covered').toBeLessThan(1);
}

// What moves, as browsers measure it (Layout Instability). To be installed before the page opens.
interface Shift extends PerformanceEntry {
  value: number; // of 1: the part of the screen that moved, times how far
  sources: { node: Node | null; previousRect: DOMRectReadOnly; currentRect: DOMRectReadOnly }[];
}
declare global {
  interface Window {
    shifts: () => { value: number; what: string[] }[]; // since it was asked last
  }
}
export function watchShifts(): void {
  const seen: { value: number; what: string[] }[] = [];
  const note = (entries: PerformanceEntryList) => {
    for (const { value, sources } of entries as Shift[]) {
      const place = (box: DOMRectReadOnly) => [box.x, box.y, box.width, box.height].map(Math.round).join();
      const what = sources.map(({ node, previousRect, currentRect }) => {
        const text = node instanceof Element ? node.outerHTML.slice(0, 80) : node?.textContent;
        return `${text}: ${place(previousRect)} to ${place(currentRect)}`;
      });
      seen.push({ value, what });
    }
  };
  const observer = new PerformanceObserver((list) => note(list.getEntries()));
  observer.observe({ type: 'layout-shift', buffered: true });
  window.shifts = () => {
    note(observer.takeRecords());
    return seen.splice(0);
  };
}
// A number beside a word may push the word aside; nothing else may move.
export async function expectNothingMoved(page: Page, when: string): Promise<void> {
  const shifts = await page.evaluate(async () => {
    for (const _ of [1, 2]) await new Promise(requestAnimationFrame); // what was asked for is painted
    return window.shifts();
  });
  expect.soft(shifts.filter(({ value }) => value > 0.0005), when).toEqual([]);
}

// Every word is whole: it stands within the screen's width, and nothing that hides what is too much hides a part of it,
// unless it says by three dots that there is more, and the whole by its tooltip.
export async function expectNoTextCut(page: Page): Promise<void> {
  const cut = await page.evaluate(() => {
    const faults: string[] = [];
    const slack = 1.5; // a letter may lean out of its line
    for (const element of document.querySelectorAll<HTMLElement>('body *')) {
      const texts = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim());
      if (texts.length === 0 || element.closest('option, script, [aria-hidden=true], [hidden]')) continue;
      // What is for the ear alone is not seen whole.
      let heard = false;
      for (let around: HTMLElement | null = element; around; around = around.parentElement) heard ||= getComputedStyle(around).clipPath !== 'none';
      const dotted = element.closest('.where') && getComputedStyle(element.closest('.where > *') ?? element).textOverflow === 'ellipsis';
      const told = dotted && element.closest('[title]')?.getAttribute('title')?.includes(element.textContent ?? '');
      if (heard || told) continue;
      const range = document.createRange();
      for (const text of texts) {
        range.selectNodeContents(text);
        for (const box of range.getClientRects()) {
          if (box.width === 0 || box.height === 0) continue;
          const fault = (what: string) => faults.push(`${what}: "${text.textContent?.trim().slice(0, 60)}" in ${element.outerHTML.slice(0, 120)}`);
          if (box.left < -slack || box.right > innerWidth + slack) fault('off the screen');
          for (let around: HTMLElement | null = element; around && !around.matches('dialog'); around = around.parentElement) {
            const style = getComputedStyle(around);
            const place = around.getBoundingClientRect();
            const aside = box.left < place.left - slack || box.right > place.right + slack;
            const above = box.top < place.top - slack || box.bottom > place.bottom + slack;
            if (style.overflowX !== 'visible' && aside) fault('cut at the side');
            if (/hidden|clip/.test(style.overflowY) && above) fault('cut above or below');
            if (style.position === 'fixed') break;
          }
        }
      }
    }
    return [...new Set(faults)];
  });
  expect.soft(cut).toEqual([]);
}

// How many pixels of the slide that the page shows have ink, below so much of its height.
export const ink = (page: Page, below = 0) =>
  page.evaluate((from) => {
    const canvas = document.querySelector<HTMLCanvasElement>('.slide canvas.slide-ink:not(.slide-draw)');
    if (!canvas || canvas.width === 0) return 0;
    const top = Math.round(canvas.height * from);
    const { data } = canvas.getContext('2d')!.getImageData(0, top, canvas.width, canvas.height - top);
    let inked = 0;
    for (let at = 3; at < data.length; at += 4) if (data[at]! > 0) ++inked;
    return inked;
  }, below);
