// What a screen reader is told of the class: one sentence in a while, and sums instead of a stream. A class of thirty
// that writes at once is "12 new lines", not twelve interruptions.
import type { ServerMessage } from '../api/server-messages.gen';

export interface Note {
  lines: number; // new lines of chat that are not mine
  last: { name: string; text: string } | null; // the newest of them
  hands: string[]; // names of those who raised a hand, the teacher's to hear
  waiting: number; // how many more wait at the door, the teacher's to hear
  question: string | null; // the class is asked
  answered: boolean; // the poll is over
  floor: { name: string; mine: boolean } | null; // who has it now
  over: boolean; // I have it no more
  silenced: boolean | null; // a teacher silenced me, or lifted it
}

const nothing: Note = { lines: 0, last: null, hands: [], waiting: 0, question: null, answered: false, floor: null, over: false, silenced: null };
export const quietMs = 5000; // between two sentences
const handsNamed = 3;

export class Announcer {
  private note: Note = nothing;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private quietUntil = 0;
  private waiting = 0;

  constructor(private readonly say: (note: Note) => void) {}

  hear(message: ServerMessage, me: string | null): void {
    const events = message.kind === 'batch' ? message.events : [message];
    const before = this.note;
    for (const event of events) {
      if (event.kind === 'waiting') {
        const more = this.note.waiting + event.count - this.waiting;
        this.waiting = event.count;
        if (more > 0) this.note = { ...this.note, waiting: more };
      }
      if (event.kind === 'chat' && event.line.from !== me)
        this.note = { ...this.note, lines: this.note.lines + 1, last: { name: event.line.name, text: event.line.text } };
      if (event.kind === 'hand' && event.raised && event.person !== me)
        this.note = { ...this.note, hands: [...this.note.hands, event.name].slice(-handsNamed) };
      if (event.kind === 'poll') this.note = { ...this.note, question: event.poll.question };
      if (event.kind === 'floor_given') {
        const mine = event.on_floor.person === me;
        this.note = { ...this.note, floor: { name: event.on_floor.name, mine }, over: mine ? false : this.note.over };
      }
      if (event.kind === 'floor_ended' && event.person === me && event.why !== 'given_back')
        this.note = { ...this.note, over: true, floor: this.note.floor?.mine ? null : this.note.floor };
      if (event.kind === 'voices_muted' && me !== null && event.persons.includes(me)) this.note = { ...this.note, silenced: event.muted };
      if (event.kind === 'poll_closed') this.note = { ...this.note, answered: true, question: null };
    }
    if (this.note === before || this.timer) return;
    // Even the first waits a moment: what comes together is said together.
    this.timer = setTimeout(() => this.tell(), Math.max(300, this.quietUntil - Date.now()));
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private tell(): void {
    this.timer = undefined;
    this.quietUntil = Date.now() + quietMs;
    const note = this.note;
    this.note = nothing;
    this.say(note);
  }
}
