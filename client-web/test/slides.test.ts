// Slides without a page: what is shown and drawn, how strokes are thinned, how a broken transfer goes on.
import { expect, it } from 'vitest';
import type { InkTold, ServerMessage, Shown, Stroke } from '../src/api/server-messages.gen';
import { emptyBoard, inkKey, reduceBoard } from '../src/class/board';
import { decode, encode, type Line, simplify } from '../src/slides/ink';
import { fetchWhole, widthFor } from '../src/slides/pages';

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
