// Where a finger, a pen or a mouse draws: shown at once, sent when it is lifted.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Shown } from '../api/server-messages.gen';
import type { ClassRoom } from '../class/room';
import { type Drawn, encode, type Line, mostPoints, paint, simplify, type Tool, units } from './ink';
import { type Pen, widthOf } from './pen';
import { faultText, slideTexts } from './texts';

const pointerMs = 100;
const settleMs = 200; // the event comes right behind its acceptance
const longestText = 200;

export function DrawingLayer(props: { room: ClassRoom; pen: Pen; shown: Shown }) {
  const { room, pen, shown } = props;
  const t = slideTexts.value;
  const canvas = useRef<HTMLCanvasElement>(null);
  const line = useRef<Line | null>(null);
  const waiting = useRef(new Set<Drawn>()); // sent, and not yet told
  const [writing, setWriting] = useState<[number, number] | null>(null);
  const written = useRef(false); // the field that is open was left already
  const tool = pen.tool.value;
  const place = { deck: shown.deck, page: shown.page };

  const repaint = () => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const { width, height } = fitted(context.canvas);
    for (const stroke of waiting.current) paint(context, stroke, width, height);
    const held = line.current && strokeOf(tool, pen, line.current);
    if (held) paint(context, held, width, height);
  };
  const send = (stroke: Drawn) => {
    waiting.current.add(stroke);
    repaint();
    const forget = () => {
      waiting.current.delete(stroke);
      repaint();
    };
    void room.ask({ kind: 'draw', ...place, ...stroke, points: stroke.points as [number, number, ...number[]] }).then((refusal) => {
      pen.fault.value = refusal ? faultText(refusal.code) : '';
      if (refusal) forget();
      else setTimeout(forget, settleMs);
    });
  };
  useEffect(() => {
    waiting.current.clear();
    line.current = null;
    setWriting(null);
    repaint();
  }, [place.deck, place.page]);
  const point = usePointer(room);

  const at = (event: PointerEvent): [number, number] => {
    const box = canvas.current!.getBoundingClientRect();
    const within = (share: number) => Math.round(Math.max(0, Math.min(1, share)) * units);
    return [within((event.clientX - box.left) / box.width), within((event.clientY - box.top) / box.height)];
  };
  const down = (event: PointerEvent) => {
    if (tool === 'none' || event.button !== 0) return;
    event.preventDefault();
    if (tool === 'pointer') return point(at(event));
    if (tool === 'text') {
      written.current = false;
      return setWriting(at(event));
    }
    canvas.current!.setPointerCapture(event.pointerId);
    line.current = [at(event)];
    repaint();
  };
  const move = (event: PointerEvent) => {
    if (tool === 'pointer' && (event.pointerType === 'mouse' || event.buttons > 0)) return point(at(event));
    if (!line.current) return;
    if (tool === 'pen' || tool === 'highlighter') {
      for (const one of event.getCoalescedEvents?.() ?? [event]) line.current.push(at(one));
      // A long way goes in pieces: others see it grow.
      if (line.current.length >= mostPoints) {
        const whole = line.current;
        line.current = [whole.at(-1)!];
        send(strokeOf(tool, pen, whole)!);
      }
    } else line.current = [line.current[0]!, at(event)];
    repaint();
  };
  const up = () => {
    const stroke = line.current && strokeOf(tool, pen, line.current);
    line.current = null;
    if (stroke) send(stroke);
  };
  // Once: Enter takes the field away, and a field that goes is left, too.
  const write = (text: string) => {
    const place = written.current ? null : writing;
    written.current = true;
    if (place && text.trim()) send({ ...strokeOf('text', pen, [place])!, text: text.trim() });
    setWriting(null);
  };
  return (
    <>
      <canvas
        ref={canvas}
        class={`slide-ink slide-draw ${tool}`}
        aria-hidden="true"
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        onPointerCancel={up}
        onPointerLeave={() => tool === 'pointer' && point(null)}
      />
      {writing && (
        <textarea
          class="slide-write"
          style={`left: ${(writing[0] / units) * 100}%; top: ${(writing[1] / units) * 100}%`}
          aria-label={t.writeHere}
          placeholder={t.writeHere}
          maxLength={longestText}
          rows={2}
          autoFocus
          ref={(element) => element?.focus()}
          onBlur={(event) => write(event.currentTarget.value)}
          onKeyDown={(event) => {
            event.stopPropagation();
            if (event.key === 'Escape') write('');
            if (event.key === 'Enter' && !event.shiftKey) write(event.currentTarget.value);
          }}
        />
      )}
    </>
  );
}

function fitted(canvas: HTMLCanvasElement): { width: number; height: number } {
  const scale = Math.min(2, devicePixelRatio);
  canvas.width = Math.round(canvas.clientWidth * scale);
  canvas.height = Math.round(canvas.clientHeight * scale);
  return canvas;
}

function strokeOf(held: string, pen: Pen, line: Line): Drawn | null {
  if (held === 'none' || held === 'pointer') return null;
  const tool = held as Tool;
  const free = tool === 'pen' || tool === 'highlighter';
  if (!free && tool !== 'text' && line.length < 2) return null;
  const points = encode(free ? simplify(line).slice(0, mostPoints) : line);
  return { tool, colour: pen.colour.value, width: widthOf(tool, pen.thick.value), points };
}

// Where it is now, not where it was between; and its end is always told.
function usePointer(room: ClassRoom): (place: [number, number] | null) => void {
  const last = useRef({ at: 0, timer: undefined as ReturnType<typeof setTimeout> | undefined });
  return (place) => {
    const tell = () => {
      last.current.at = Date.now();
      room.session.send(place ? { kind: 'pointer', place } : { kind: 'pointer' });
    };
    clearTimeout(last.current.timer);
    const wait = last.current.at + pointerMs - Date.now();
    if (wait <= 0 || !place) tell();
    else last.current.timer = setTimeout(tell, wait);
  };
}
