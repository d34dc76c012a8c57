// What I write in the chat: the draft, and the lines that the class has not answered yet. Both outlive the panel, a
// reload and a lost link: a line is sent again, under the same key, until it is on the server's disk or refused. One at
// a time, so that lines keep their order. No DOM.
import { effect, type ReadonlySignal, signal } from '@preact/signals';
import type { ChatLine } from '../api/server-messages.gen';
import type { Refusal, Wish } from './room';

export interface Draft {
  text: string;
  answers: ChatLine | null;
  to: { id: string; name: string }; // '': everybody; teachers; or one person
}

export interface WaitingLine extends Draft {
  key: string;
  after: number; // the last event that I knew when I wrote it
  refusal: Refusal | null;
}

// Of ClassRoom what is needed here.
interface Class {
  readonly me: string | null;
  readonly welcomes: number; // so many times the class has let me in
  readonly view: ReadonlySignal<{ lastSeq: number | undefined }>;
  ask(wish: Wish): Promise<Refusal | null>;
}

// Where one person's writing in one lesson outlives a reload: the browser's, or none.
export type Keep = Pick<Storage, 'getItem' | 'setItem'>;

const emptyDraft: Draft = { text: '', answers: null, to: { id: '', name: '' } };

export class Writing {
  readonly draft = signal<Draft>(emptyDraft);
  readonly lines = signal<WaitingLine[]>([]); // the oldest first
  private busy = false;

  constructor(
    private readonly room: Class,
    private readonly lesson: string,
    private readonly keep: Keep,
  ) {}

  change(part: Partial<Draft>): void {
    this.draft.value = { ...this.draft.value, ...part };
  }

  // What answers a private line stays between the two.
  answer(line: ChatLine | null): void {
    if (!line?.to) return this.change({ answers: line });
    const mine = line.from === this.room.me;
    const to = mine ? { id: line.to, name: line.to_name ?? '' } : { id: line.from, name: line.name };
    this.change({ answers: line, to });
  }

  // Sends the draft, and leaves an empty one. To `only`, where the class allows no other.
  say(only?: 'teachers'): void {
    const draft = this.draft.value;
    if (draft.text.trim() === '') return;
    const to = only ? { id: only, name: '' } : draft.to;
    this.lines.value = [...this.lines.value, { ...draft, to, key: newKey(), after: this.room.view.value.lastSeq ?? 0, refusal: null }];
    this.change({ text: '', answers: null });
    void this.send();
  }

  again(key: string): void {
    this.put(key, { refusal: null });
    void this.send();
  }

  // Back into the draft, before what is there.
  rewrite(key: string): void {
    const line = this.lines.value.find((one) => one.key === key);
    if (!line) return;
    this.drop(key);
    const { text, answers } = this.draft.value;
    this.change({ text: [line.text, text].filter(Boolean).join(' '), to: line.to, answers: line.answers ?? answers });
  }

  // At every welcome; at the first, what was kept of this person comes back.
  welcomed(me: string): void {
    if (this.room.welcomes === 1) this.keepUnder(`thranio.writing.${this.lesson}.${me}`);
    void this.send();
  }

  private keepUnder(name: string): void {
    try {
      const kept = JSON.parse(this.keep.getItem(name) ?? '{}') as { draft?: Draft; lines?: WaitingLine[] };
      if (typeof kept.draft?.text === 'string' && Array.isArray(kept.lines)) [this.draft.value, this.lines.value] = [kept.draft, kept.lines];
    } catch {
      // Not readable: she begins anew.
    }
    effect(() => {
      const all = JSON.stringify({ draft: this.draft.value, lines: this.lines.value });
      try {
        this.keep.setItem(name, all);
      } catch {
        // No room, or none allowed: a reload loses what was not sent.
      }
    });
  }

  private async send(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    for (let line = this.next(); line; line = this.next()) {
      const welcomes = this.room.welcomes;
      const { key, text, to, answers } = line;
      const refusal = await this.room.ask({ kind: 'chat', key, text, ...(to.id && { to: to.id }), ...(answers && { reply_to: answers.seq }) });
      if (!refusal) this.drop(key);
      else if (refusal.code !== 'link-lost') this.put(key, { refusal });
      else if (this.room.welcomes === welcomes) break; // until it is back
    }
    this.busy = false;
  }

  private next(): WaitingLine | undefined {
    return this.lines.value.find((line) => !line.refusal);
  }
  private put(key: string, part: Partial<WaitingLine>): void {
    this.lines.value = this.lines.value.map((line) => (line.key === key ? { ...line, ...part } : line));
  }
  private drop(key: string): void {
    this.lines.value = this.lines.value.filter((line) => line.key !== key);
  }
}

function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
