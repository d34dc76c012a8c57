// Slides without a page: what is shown and drawn, how strokes are thinned, how a broken transfer goes on.
import { expect, it, vi } from 'vitest';
import type { InkTold, ServerMessage, Shown, Stroke } from '../src/api/server-messages.gen';
import { emptyBoard, inkKey, reduceBoard } from '../src/class/board';
import { decode, encode, type Line, simplify, units } from '../src/slides/ink';
import { keyed } from '../src/slides/hand';
import { fetchWhole, widthFor } from '../src/slides/pages';
import { isWhole, Looking, moved, stepped, type View, wholePage, zoomed, zooms } from '../src/slides/zoom';

const place = { deck: 'deck_1', page: 2 };
const shown: Shown = { ...place, pages: 3, width: 1920, height: 1080 };
const stroke = (id: number): Stroke => ({ id, by: 'p_1', tool: 'pen', colour: 1, width: 8, points: [id, 0, 1, 1] });
const after = (...messages: ServerMessage[]) => messages.reduce(reduceBoard, emptyBoard);
const ids = (...messages: ServerMessage[]) => after(...messages).ink[inkKey(place)]?.strokes.map((one) => one.id);

it('ink that comes in pieces and strokes that are told meanwhile make one page, each once', () => {
  const drawn = { kind: 'stroke', seq: 9, ...place, stroke: stroke(9) } as const;
  const first: InkTold = { kind: 'ink', ...place, strokes: [stroke(1), stroke(2)], first: true, more: true };
  const rest: InkTold = { kind: 'ink', ...place, strokes: [stroke(3), stroke(9)], first: false, more: false };
  expect(ids(first, drawn, rest)).toEqual([1, 2, 3, 9]);
  expect(after(first).ink[inkKey(place)]?.whole).toBe(false);
  expect(after(first, drawn, rest).ink[inkKey(place)]?.whole).toBe(true);
  expect(ids(first, rest, { kind: 'stroke_back', seq: 10, ...place, stroke: 2 })).toEqual([1, 3, 9]);
  expect(ids(first, { kind: 'page_cleared', seq: 10, ...place })).toEqual([]);
});

it('a page that turns takes the pointer with it; a part shown large does not', () => {
  const pointed = after({ kind: 'page', seq: 1, shown }, { kind: 'pointer', place: [5, 6] });
  expect(pointed.pointer).toEqual([5, 6]);
  expect(reduceBoard(pointed, { kind: 'page', seq: 2, shown: { ...shown, view: [0, 0, 2047, 2047] } }).pointer).toEqual([5, 6]);
  expect(reduceBoard(pointed, { kind: 'page', seq: 2, shown: { ...shown, page: 3 } }).pointer).toBeNull();
  expect(reduceBoard(pointed, { kind: 'page', seq: 2, shown: null }).shown).toBeNull();
  expect(after({ kind: 'page', seq: 1, shown: { ...shown, deck: 'board', page: 4 } }).whitePages).toBe(4);
});

it('a finger’s way is told in few points, and no point is far from where it was', () => {
  const way: Line = Array.from({ length: 400 }, (_, at) => [at * 10, Math.round(2000 + 500 * Math.sin(at / 40))]);
  const thin = simplify(way);
  expect(thin.length).toBeLessThan(60);
  expect(thin[0]).toEqual(way[0]);
  expect(thin.at(-1)).toEqual(way.at(-1));
  expect(decode(encode(thin))).toEqual(thin);
  expect(JSON.stringify(encode(thin)).length).toBeLessThan(500);
  expect(simplify([[7, 7]])).toEqual([[7, 7]]);
});

it('a thin line takes the smallest picture, a good one what the screen shows', () => {
  expect(widthFor(1900, 'voice')).toBe(640);
  expect(widthFor(1900, 'small-pictures')).toBe(1280);
  expect(widthFor(1900, 'all')).toBe(1920);
  expect(widthFor(360, 'all')).toBe(640);
  expect(widthFor(5000, undefined)).toBe(1920);
});

it('a transfer that breaks goes on where it stopped; one of another picture begins anew', async () => {
  const whole = new Uint8Array([1, 2, 3, 4, 5, 6]);
  const asked: (string | undefined)[] = [];
  const answers = [
    () => broken(200, whole.slice(0, 2), '"a"'),
    () => broken(206, whole.slice(2, 3), '"a"'),
    () => new Response(whole, { status: 200, headers: { ETag: '"b"', 'Content-Type': 'image/avif' } }),
  ];
  const fetcher = ((_: string, options: { headers: Record<string, string> }) => {
    asked.push(options.headers.Range);
    return Promise.resolve(answers.shift()!());
  }) as unknown as typeof fetch;
  const blob = await fetchWhole('/page', 'token', new AbortController().signal, { fetcher, wait: () => Promise.resolve() });
  expect(asked).toEqual([undefined, 'bytes=2-', 'bytes=3-']);
  expect(new Uint8Array(await blob.arrayBuffer())).toEqual(whole);
  expect(blob.type).toBe('image/avif');
});

it('a refusal is told, not asked again', async () => {
  const fetcher = (() => Promise.resolve(new Response('', { status: 404 }))) as unknown as typeof fetch;
  await expect(fetchWhole('/page', 'token', new AbortController().signal, { fetcher })).rejects.toMatchObject({ code: 'http-404' });
});

function broken(status: number, bytes: Uint8Array<ArrayBuffer>, etag: string): Response {
  let sent = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent) return controller.error(new TypeError('network'));
      sent = true;
      controller.enqueue(bytes);
    },
  });
  return new Response(body, { status, headers: { ETag: etag, 'Content-Type': 'image/avif' } });
}

it('a page grows in steps about its middle, and shrinks by the same until it is whole', () => {
  const steps: View[] = [wholePage];
  while (steps.length < zooms.length) steps.push(stepped(steps.at(-1)!, 1));
  expect(steps.map((view) => Math.round((units / view[2]) * 2) / 2)).toEqual(zooms);
  expect(stepped(steps.at(-1)!, 1)).toEqual(steps.at(-1));
  for (const before of [...steps].reverse().slice(1)) expect(stepped(stepped(before, 1), -1)[2]).toBe(before[2]);
  expect(isWhole(stepped(stepped(wholePage, 1), -1))).toBe(true);
});

it('what the finger is on stays under it, and no edge of the page comes into the picture', () => {
  const at = [1000, 3000] as const;
  const [left, top, wide, high] = zoomed(wholePage, 4, [...at]);
  expect((at[0] - left) / wide).toBeCloseTo(at[0] / units, 2);
  expect((at[1] - top) / high).toBeCloseTo(at[1] / units, 2);
  expect(zoomed([left, top, wide, high], 100, [left, top])[2]).toBe(Math.round(units / 6));
  for (const view of [moved([left, top, wide, high], -99999, 99999), zoomed([0, 0, wide, high], 1.2, [0, 0])]) {
    expect(view[0]).toBeGreaterThanOrEqual(0);
    expect(view[0] + view[2]).toBeLessThanOrEqual(units);
    expect(view[1] + view[3]).toBeLessThanOrEqual(units);
  }
});

it('keys of one sign can be switched off; Shift with an arrow moves, an arrow alone turns the page', () => {
  const key = (name: string, more = {}) => ({ key: name, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...more });
  expect(keyed(key('+', { shiftKey: true }), true)).toBe('larger');
  expect(keyed(key('+', { shiftKey: true }), false)).toBeNull();
  expect(keyed(key('0'), true)).toBe('whole');
  expect(keyed(key('0', { ctrlKey: true }), true)).toBeNull(); // the browser's own zoom
  expect(keyed(key('ArrowLeft', { shiftKey: true }), false)).toEqual([-0.25, 0]);
  expect(keyed(key('ArrowLeft'), true)).toBeNull();
});

it('a hand that moves fast tells the class in steps, its last place always', () => {
  vi.useFakeTimers({ now: 10_000 });
  const looking = new Looking();
  const told: View[] = [];
  for (let x = 0; x < 20; ++x) {
    looking.look([x, 0, 2000, 2000], (view) => told.push(view));
    vi.advanceTimersByTime(20);
  }
  vi.runAllTimers();
  expect(told.length).toBeLessThan(6);
  expect(told.at(-1)).toEqual([19, 0, 2000, 2000]);
  expect(looking.wanted.value).toEqual([19, 0, 2000, 2000]);
  looking.forget();
  expect(looking.wanted.value).toBeNull();
  vi.useRealTimers();
});
