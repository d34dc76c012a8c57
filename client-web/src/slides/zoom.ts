// Which part of the page is shown large, in units of the page: left, top, width, height. Pure, but for Looking, which
// tells the class no more often than an eye can follow.
import { signal } from '@preact/signals';
import { units } from './ink';

export type View = [number, number, number, number];
export type Point = [number, number];

export const wholePage: View = [0, 0, units, units];
export const zooms = [1, 1.5, 2, 3, 4, 6];
export const isWhole = (view: View) => view[2] >= units && view[3] >= units;
export const scaleOf = (view: View) => units / view[2];
export const centreOf = ([left, top, wide, high]: View): Point => [left + wide / 2, top + high / 2];

const within = (least: number, value: number, most: number) => Math.max(least, Math.min(most, value));

// So much larger than the page; the point stays where the eye has it.
export function zoomed(view: View, scale: number, at: Point): View {
  const side = Math.min(units, Math.round(units / within(1, scale, zooms.at(-1)!)));
  const start = (of: 0 | 1) => {
    const size = view[of === 0 ? 2 : 3];
    return within(0, Math.round(at[of] - ((at[of] - view[of]) * side) / size), units - side);
  };
  return [start(0), start(1), side, side];
}

// One step larger or smaller.
export function stepped(view: View, by: 1 | -1): View {
  const now = scaleOf(view);
  const next = by > 0 ? zooms.find((scale) => scale > now * 1.05) : [...zooms].reverse().find((scale) => scale < now / 1.05);
  return zoomed(view, next ?? now, centreOf(view));
}

export function moved([left, top, wide, high]: View, across: number, down: number): View {
  return [within(0, Math.round(left + across), units - wide), within(0, Math.round(top + down), units - high), wide, high];
}

// Where a teacher looks: at once on her own page; told to the class at most every 150 ms, its last place always.
const tellMs = 150;
export class Looking {
  readonly wanted = signal<View | null>(null); // until the class has it
  private timer: ReturnType<typeof setTimeout> | undefined;
  private told = 0;

  look(view: View, tell: (view: View) => void): void {
    this.wanted.value = view;
    clearTimeout(this.timer);
    const now = Date.now();
    const send = () => {
      this.told = Date.now();
      tell(view);
    };
    if (now - this.told >= tellMs) send();
    else this.timer = setTimeout(send, this.told + tellMs - now);
  }

  // The class has it, unless the hand has moved on meanwhile.
  settled(view: View): void {
    if (this.wanted.value === view) this.forget();
  }

  // The page was turned, or it was refused.
  forget(): void {
    clearTimeout(this.timer);
    this.wanted.value = null;
  }
}
