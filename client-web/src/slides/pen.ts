// What is in the hand of whoever draws. No DOM.
import { signal } from '@preact/signals';
import type { Tool } from './ink';
import { Looking } from './zoom';

export type Held = Tool | 'pointer' | 'none';

export class Pen {
  readonly tool = signal<Held>('none');
  readonly colour = signal(1);
  readonly thick = signal(10);
  readonly fault = signal('');
  readonly looking = new Looking();
  constructor(readonly teaches: boolean) {}
}

export function widthOf(tool: Tool, thick: number): number {
  return tool === 'highlighter' ? Math.min(64, thick * 4) : thick;
}
