// The page that is shown, as large as the stage lets it be, with what is drawn on it. Its place is kept before the picture
// is there, so that nothing shifts.
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Shown, Stroke } from '../api/server-messages.gen';
import { inkKey, whiteDeck } from '../class/board';
import type { ClassRoom } from '../class/room';
import { type Drawn, paint, units } from './ink';
import { DrawingLayer } from './drawing';
import { useHand } from './hand';
import type { Pen } from './pen';
import { lookAt } from './look';
import { Pages, widthFor } from './pages';
import './slides.css';
import { slideTexts } from './texts';
import { isWhole, type View, wholePage } from './zoom';

const idleMs = 1500;
const noStrokes: Stroke[] = [];
const pagesOf = new WeakMap<ClassRoom, Pages>();

export function pagesFor(room: ClassRoom): Pages {
  const { lesson, token } = room.session.visitor;
  const pages = pagesOf.get(room) ?? new Pages(lesson, token);
  pagesOf.set(room, pages);
  return pages;
}

export function SlidePage(props: { room: ClassRoom; pen?: Pen; children?: ComponentChildren }) {
  const { room, pen } = props;
  const t = slideTexts.value;
  const { board, settings } = room.view.value;
  const { shown } = board;
  const frame = useRef<HTMLDivElement>(null);
  const pixels = usePixels(frame, shown);
  useInk(room, shown);
  const view = useView(shown, pen);
  const url = usePicture(room, shown, (pixels * units) / view[2]);
  useHand(frame, shown !== null && pen?.teaches === true && pen.tool.value === 'none', view, (next) => shown && pen && lookAt(room, pen, shown, next));
  if (!shown) return null;
  const [left, top, wide, high] = view;
  const large = `translate(${(-left / wide) * 100}%, ${(-top / high) * 100}%) scale(${units / wide}, ${units / high})`;
  const strokes = board.ink[inkKey(shown)]?.strokes ?? noStrokes;
  const may = pen && (pen.teaches || settings.drawing);
  return (
    <div class="slide-place">
      <div class={`slide ${pen?.teaches ? `held ${pen.tool.value}` : ''}`} ref={frame} style={`--ratio: ${shown.width / shown.height}`}>
        <div class="slide-view" style={isWhole(view) ? '' : `transform: ${large}`}>
          <div class="slide-picture">
            {shown.deck !== whiteDeck &&
              (url ? (
                <img src={url} alt={t.slideOf(shown.page, shown.pages)} draggable={false} />
              ) : (
                <p class="slide-waits">{t.slideComes(shown.page, shown.pages)}</p>
              ))}
            {shown.deck === whiteDeck && <span class="unseen">{t.whiteOf(shown.page, shown.pages)}</span>}
            <InkCanvas strokes={strokes} ratio={shown.width / shown.height} pixels={pixels * (units / wide)} />
            {board.pointer && (
              <span class="slide-pointer" style={`left: ${(board.pointer[0] / units) * 100}%; top: ${(board.pointer[1] / units) * 100}%`} />
            )}
            {may && <DrawingLayer room={room} pen={pen} shown={shown} />}
          </div>
        </div>
        {props.children}
      </div>
    </div>
  );
}

// As the class has it; a teacher's own page is ahead of that for a moment.
function useView(shown: Shown | null, pen: Pen | undefined): View {
  useEffect(() => pen?.looking.forget(), [shown?.deck, shown?.page]);
  return pen?.looking.wanted.value ?? shown?.view ?? wholePage;
}

// How many device pixels wide the page is drawn.
function usePixels(frame: { current: HTMLElement | null }, shown: Shown | null): number {
  const [pixels, setPixels] = useState(0);
  const there = shown !== null;
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const look = () => setPixels(Math.round(element.clientWidth * Math.min(3, devicePixelRatio)));
    const observer = new ResizeObserver(look);
    observer.observe(element);
    look();
    return () => observer.disconnect();
  }, [there]);
  return pixels;
}

// What is drawn on a page that we know only from some point on is asked for, piece by piece.
function useInk(room: ClassRoom, shown: Shown | null): void {
  const key = shown && inkKey(shown);
  const ink = key ? room.view.value.board.ink[key] : undefined;
  const open = room.session.state.value.link === 'open';
  const last = ink && !ink.whole ? (ink.strokes.at(-1)?.id ?? 0) : 0;
  const asked = useRef('');
  useEffect(() => {
    if (!shown || !open || ink?.whole) return;
    // A stroke that was told meanwhile does not ask again; a piece that came does.
    const begun = asked.current.startsWith(`${key} `);
    const question = `${key} ${begun ? last : 0}`;
    if (asked.current === question) return;
    asked.current = question;
    room.session.send({ kind: 'ink', deck: shown.deck, page: shown.page, ...(begun && last > 0 ? { after: last } : {}) });
  }, [key, open, ink?.whole, last]);
  useEffect(() => {
    if (!open) asked.current = '';
  }, [open]);
}

// The picture at the width that fits, and the next one ahead once nothing else is wanted.
function usePicture(room: ClassRoom, shown: Shown | null, pixels: number): string | null {
  const pages = useMemo(() => pagesFor(room), [room]);
  const [picture, setPicture] = useState<{ page: string; url: string } | null>(null);
  const rung = room.session.state.value.line?.rung;
  const width = widthFor(pixels, rung);
  const page = shown && shown.deck !== whiteDeck ? inkKey(shown) : null;
  useEffect(() => {
    if (!shown || !page || pixels === 0) return;
    let gone = false;
    let idle: ReturnType<typeof setTimeout> | undefined;
    pages.picture(shown, width).then(
      (url) => {
        if (gone) return;
        setPicture({ page, url });
        if (shown.page < shown.pages) idle = setTimeout(() => pages.prefetch({ deck: shown.deck, page: shown.page + 1 }, width), idleMs);
      },
      () => undefined,
    );
    return () => {
      gone = true;
      clearTimeout(idle);
    };
  }, [page, width, pixels === 0]);
  return picture && picture.page === page ? picture.url : null;
}

// All strokes on one canvas; a further one is drawn over the others.
function InkCanvas(props: { strokes: Drawn[]; ratio: number; pixels: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawn = useRef<Drawn[]>([]);
  const width = Math.min(4096, Math.round(props.pixels));
  const height = Math.round(width / props.ratio);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context || width === 0) return;
    const before = drawn.current;
    const grown = context.canvas.width === width && before.length <= props.strokes.length && before.every((stroke, at) => stroke === props.strokes[at]);
    if (!grown) {
      context.canvas.width = width;
      context.canvas.height = height;
    }
    for (const stroke of props.strokes.slice(grown ? before.length : 0)) paint(context, stroke, width, height);
    drawn.current = props.strokes;
  }, [props.strokes, width, height]);
  return <canvas class="slide-ink" ref={canvas} aria-hidden="true" />;
}
