// The class of one visit: what it says, and what I wish of it. Every wish is answered: it is on the server's disk, or
// refused, or the link went before we knew; a hand, an answer and a line with a key wait for the link and go again. No DOM.
import { signal } from '@preact/signals';
import type { ClientMessage } from '../api/client-messages.gen';
import type { ErrorMessage, Poll, ServerMessage } from '../api/server-messages.gen';
import type { LessonSession } from '../lesson/session';
import { Announcer, type Note } from './announcer';
import { type ClassView, emptyClass, reduceClass } from './state';
import { Writing } from './writing';

type Numbered = Extract<ClientMessage, { ref?: number }>;
type Bare<M> = M extends Numbered ? Omit<M, 'ref'> : never;
export type Wish = Bare<Numbered>;

// Why it was refused; link-lost: nobody knows whether it happened.
export interface Refusal {
  code: string;
  seconds?: number | undefined; // chat-too-fast
}

// What is being filled in outlives a look at another tab of the panel.
export interface NewPoll {
  question: string;
  kind: Poll['choice'];
  choices: string[];
  named: boolean;
}
export const emptyPoll: NewPoll = { question: '', kind: 'yes_no', choices: ['', ''], named: false };
export interface Ballot {
  poll: number;
  choices: number[];
  words: string;
}

interface Pending {
  wish: Wish;
  settle: (refusal: Refusal | null) => void;
  seq?: number; // of the line that it became
}

export class ClassRoom {
  readonly view = signal<ClassView>(emptyClass);
  readonly note = signal<Note | null>(null);
  private readonly announcer = new Announcer((note) => (this.note.value = note));
  private readonly pending = new Map<number, Pending>();
  private lastRef = 0;
  readonly writing = new Writing(this);
  readonly newPoll = signal<NewPoll>(emptyPoll); // a teacher's
  readonly ballot = signal<Ballot | null>(null); // a student's

  constructor(readonly session: LessonSession) {
    session.listenToClass({ hear: (message) => this.hear(message), lastSeq: () => this.view.value.lastSeq });
  }

  get me(): string | null {
    return this.session.state.value.you;
  }

  get isLost(): boolean {
    return this.session.state.value.link !== 'open';
  }

  // How many lines of others came after the one that was seen last; null: since I came.
  unread(seen: number | null): number {
    const after = seen ?? this.session.arrived ?? Infinity;
    return this.view.value.chat.filter((line) => line.seq > after && line.from !== this.me).length;
  }

  // Null when it is done.
  ask(wish: Wish): Promise<Refusal | null> {
    const ref = ++this.lastRef;
    return new Promise((settle) => {
      if (this.tell(ref, wish) || waits(wish)) this.pending.set(ref, { wish, settle });
      else settle({ code: 'link-lost' });
    });
  }

  private tell(ref: number, wish: Wish): boolean {
    return this.session.send({ ...wish, ref } as ClientMessage);
  }

  private hear(message: ServerMessage): void {
    if (message.kind === 'welcome') this.onNewLink();
    if (message.kind === 'accepted') this.accepted(message.ref, message.seq);
    else if (message.kind === 'error' && message.ref !== undefined) this.settle(message.ref, refusalOf(message));
    this.announcer.hear(message, this.me);
    this.view.value = reduceClass(this.view.value, message, Date.now());
    for (const [ref, { seq }] of this.pending) if (seq && seq <= this.lastSeq) this.settle(ref, null);
    if (message.kind === 'welcome') this.writing.recall(message.you);
  }

  // A line is done when I have heard it myself: what waits for it goes when it comes, not before.
  private accepted(ref: number, seq: number): void {
    const pending = this.pending.get(ref);
    if (pending?.wish.kind === 'chat' && seq > this.lastSeq) pending.seq = seq;
    else this.settle(ref, null);
  }

  private get lastSeq(): number {
    return this.view.value.lastSeq ?? 0;
  }

  private settle(ref: number, refusal: Refusal | null): void {
    this.pending.get(ref)?.settle(refusal);
    this.pending.delete(ref);
  }

  // On a new link nothing that was asked on the old one is answered any more.
  private onNewLink(): void {
    for (const [ref, { wish }] of [...this.pending])
      if (!waits(wish) || !this.tell(ref, wish)) this.settle(ref, { code: 'link-lost' });
  }
}

// Asked again, it changes nothing more, and who wished it still does when the link is back.
function waits(wish: Wish): boolean {
  return wish.kind === 'hand' || wish.kind === 'poll_answer' || (wish.kind === 'chat' && wish.key !== undefined);
}

function refusalOf(message: ErrorMessage): Refusal {
  return { code: message.type.replace(/^.*\//, ''), seconds: message.retry_after_seconds };
}
