// What I write in the chat: the draft, and the lines that the class has not answered yet. Both outlive the panel and a
// reload. Lines go one at a time, so that they keep their order; each has a key, so that the room may send it again on
// another link. No DOM.
import { effect, signal } from '@preact/signals';
import { newKey } from '../api/key';
import type { ChatLine } from '../api/server-messages.gen';
import type { ClassRoom, Refusal } from './room';

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

const emptyDraft: Draft = { text: '', answers: null, to: { id: '', name: '' } };

export class Writing {
  readonly draft = signal<Draft>(emptyDraft);
  readonly lines = signal<WaitingLine[]>([]); // the oldest first
  private busy = false;
  private recalled = false;

  constructor(private readonly room: ClassRoom) {}

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
    this.lines.value = [...this.lines.value, { ...draft, to, key: newKey(6), after: this.room.view.value.lastSeq ?? 0, refusal: null }];
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

  // At the first welcome: what was kept of this person comes back, and goes on.
  recall(me: string): void {
    if (this.recalled) return;
    this.recalled = true;
    this.keepUnder(`thranio.writing.${this.room.session.visitor.lesson}.${me}`);
    void this.send();
  }

  private keepUnder(name: string): void {
    try {
      const kept = JSON.parse(sessionStorage.getItem(name) ?? '{}') as { draft?: Draft; lines?: WaitingLine[] };
      if (typeof kept.draft?.text === 'string' && Array.isArray(kept.lines)) [this.draft.value, this.lines.value] = [kept.draft, kept.lines];
    } catch {
      // Not readable: she begins anew.
    }
    effect(() => {
      const all = JSON.stringify({ draft: this.draft.value, lines: this.lines.value });
      try {
        sessionStorage.setItem(name, all);
      } catch {
        // No room, or none allowed: a reload loses what was not sent.
      }
    });
  }

  private async send(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    for (let line = this.next(); line; line = this.next()) {
      const { key, text, to, answers } = line;
      const refusal = await this.room.ask({ kind: 'chat', key, text, ...(to.id && { to: to.id }), ...(answers && { reply_to: answers.seq }) });
      if (refusal) this.put(key, { refusal });
      else this.drop(key);
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
