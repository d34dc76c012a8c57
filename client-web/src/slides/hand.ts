// The teacher's hand on the page: pinch and Ctrl with the wheel make it larger, a drag moves it, a tap puts the place in
// the middle. What it does can be done by buttons and keys as well (bar.tsx).
import { useEffect, useRef } from 'preact/hooks';
import { centreOf, isWhole, moved, type Point, scaleOf, type View, zoomed } from './zoom';

const wheelStep = 300; // so many pixels of the wheel are e times as large
const tapPixels = 6;

export function useHand(frame: { current: HTMLElement | null }, active: boolean, view: View, look: (view: View) => void): void {
  const now = useRef({ view, look });
  now.current = { view, look };
  useEffect(() => {
    const element = frame.current;
    if (!element || !active) return;
    const fingers = new Map<number, { x: number; y: number }>();
    let way = 0; // of the finger, so that a tap is known
    // Where on the page, as it is shown.
    const at = (x: number, y: number): Point => {
      const box = element.getBoundingClientRect();
      const [left, top, wide, high] = now.current.view;
      return [left + ((x - box.left) / box.width) * wide, top + ((y - box.top) / box.height) * high];
    };
    const zoomBy = (factor: number, x: number, y: number) => {
      const { view: shown } = now.current;
      const next = zoomed(shown, scaleOf(shown) * factor, at(x, y));
      if (next.join() !== shown.join()) now.current.look(next);
    };
    const wheel = (event: WheelEvent) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      zoomBy(Math.exp(-event.deltaY / wheelStep), event.clientX, event.clientY);
    };
    const down = (event: PointerEvent) => {
      if (event.button !== 0) return;
      element.setPointerCapture(event.pointerId);
      if (fingers.size === 0) way = 0;
      else way = Infinity; // two fingers are no tap
      fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    };
    const spread = () => {
      const [one, two] = [...fingers.values()];
      return one && two ? Math.hypot(one.x - two.x, one.y - two.y) : 0;
    };
    const move = (event: PointerEvent) => {
      const before = fingers.get(event.pointerId);
      if (!before) return;
      const apart = spread();
      fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      const across = event.clientX - before.x;
      const along = event.clientY - before.y;
      way += Math.hypot(across, along);
      if (fingers.size === 2 && apart > 0) {
        const [one, two] = [...fingers.values()];
        return zoomBy(spread() / apart, (one!.x + two!.x) / 2, (one!.y + two!.y) / 2);
      }
      const { view: shown } = now.current;
      if (fingers.size !== 1 || isWhole(shown) || way < tapPixels) return;
      const box = element.getBoundingClientRect();
      now.current.look(moved(shown, (-across / box.width) * shown[2], (-along / box.height) * shown[3]));
    };
    const up = (event: PointerEvent) => {
      if (!fingers.delete(event.pointerId) || event.type === 'pointercancel' || way >= tapPixels || isWhole(now.current.view)) return;
      const { view: shown } = now.current;
      const [x, y] = at(event.clientX, event.clientY);
      const [middle, centre] = centreOf(shown);
      now.current.look(moved(shown, x - middle, y - centre));
    };
    element.addEventListener('wheel', wheel, { passive: false });
    element.addEventListener('pointerdown', down);
    element.addEventListener('pointermove', move);
    element.addEventListener('pointerup', up);
    element.addEventListener('pointercancel', up);
    return () => {
      element.removeEventListener('wheel', wheel);
      element.removeEventListener('pointerdown', down);
      element.removeEventListener('pointermove', move);
      element.removeEventListener('pointerup', up);
      element.removeEventListener('pointercancel', up);
    };
  }, [active]);
}

const keyStep = 0.25; // of what is shown

// + and - step, 0 shows the whole page, Shift with an arrow moves it. Keys without Ctrl can be switched off.
export function keyed(event: Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'altKey' | 'metaKey'>, single: boolean): 'larger' | 'smaller' | 'whole' | Point | null {
  if (event.ctrlKey || event.altKey || event.metaKey) return null;
  const arrow = ({ ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] } as Record<string, Point>)[event.key];
  if (arrow) return event.shiftKey ? [arrow[0] * keyStep, arrow[1] * keyStep] : null;
  if (!single) return null;
  return ({ '+': 'larger', '=': 'larger', '-': 'smaller', '0': 'whole' } as const)[event.key] ?? null;
}
