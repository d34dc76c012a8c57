// One visit to a lesson: the class over the WebSocket, and the sign that tells media when to (re)start.
import { computed, signal } from '@preact/signals';
import { type Shut, Signaling } from '../api/signaling';
import type { ClientMessage } from '../api/client-messages.gen';
import type { DeviceState, Rung, ServerMessage } from '../api/server-messages.gen';
import { PictureBoard, type Slot, slots } from '../media/pictures';
import { initialState, type LessonState, reduce } from './lesson-state';

export interface Visitor {
  lesson: string;
  token: string;
  name?: string; // an open guest link only
  guestKey?: string;
  live?: boolean; // it was, when the door opened
}

export type Outside = Shut | 'lobby';

// The class's part of the page (class/room.ts), which is loaded after the voice.
export interface ClassListener {
  hear(message: ServerMessage): void;
  lastSeq(): number | undefined;
}
const mostUnheard = 200; // messages that wait for it; beyond, the whole state is asked for when it is there

export class LessonSession {
  readonly state = signal<LessonState>(initialState);
  // Why this visitor is not in the class; null: she is, or the class has not answered yet.
  readonly outside = computed<Outside | null>(() => {
    const { link, lobby, lesson } = this.state.value;
    if (link === 'removed' || link === 'turned-away' || link === 'only-enrolled' || link === 'locked') return link;
    return lobby && (lesson?.status === 'live' || lesson?.status === 'scheduled') ? 'lobby' : null;
  });
  // Null while no media can flow. Another value means: whatever media session there is belongs to a server that is gone.
  // A lesson that was live at the door need not wait for the class: on a long link that is a second sooner.
  readonly mediaEra = computed(() => {
    const { instance, lesson } = this.state.value;
    if (this.outside.value) return null;
    if (!lesson) return this.visitor.live ? 'first' : null;
    this.first ??= instance;
    if (lesson.status !== 'live') return null;
    return instance === this.first ? 'first' : instance;
  });
  private first: string | null = null;
  readonly me = computed(() => this.state.value.people.find((person) => person.id === this.state.value.you));
  readonly still = signal<Record<Slot, boolean>>({ camera: false, screen: false, floor: false }); // there is a still picture of it
  readonly board = new PictureBoard((slot) => {
    if (!this.still.value[slot]) this.still.value = { ...this.still.value, [slot]: true };
  });
  readonly limited = signal<Rung>('all'); // what the student asked for at most
  private classPart: ClassListener | null = null;
  private listensBy = ''; // the WHEP session
  arrived: number | undefined; // what the class had said when I came
  private unheard: ServerMessage[] | null = [];
  private readonly signaling: Signaling;
  private readonly hurry = () => this.signaling.hurry();

  constructor(readonly visitor: Visitor) {
    const { lesson, token, name, guestKey } = visitor;
    this.signaling = new Signaling(
      `${location.origin.replace(/^http/, 'ws')}/api/v1/lessons/${lesson}/live`,
      () => {
        const last = this.classPart?.lastSeq();
        const known = last === undefined ? {} : { last_seq: last };
        return { kind: 'hello', token, ...known, ...(name && guestKey ? { name, guest_key: guestKey } : {}) };
      },
      {
        message: (message) => this.hear(message),
        piece: (piece) => this.board.hear(piece),
        link: (link) => (this.state.value = { ...this.state.value, link }),
      },
    );
    addEventListener('online', this.hurry);
    this.signaling.open();
  }

  private hear(message: ServerMessage): void {
    if (message.kind === 'welcome') {
      this.arrived ??= message.class?.last_seq;
      this.listenBy(this.listensBy);
    }
    if (this.classPart) this.classPart.hear(message);
    else if (message.kind === 'welcome') this.unheard = [message];
    else if (this.unheard && this.unheard.push(message) > mostUnheard) this.unheard = null;
    const before = this.state.value.stage;
    this.state.value = reduce(this.state.value, message);
    const { stage } = this.state.value;
    for (const slot of slots) {
      if (stage[slot] === before[slot]) continue;
      this.board.clear(slot);
      this.still.value = { ...this.still.value, [slot]: false };
    }
  }

  listenToClass(part: ClassListener): void {
    this.classPart = part;
    if (!this.unheard) this.signaling.again();
    this.unheard?.forEach((message) => part.hear(message));
    this.unheard = null;
  }

  // False: the link is not there.
  send(message: ClientMessage): boolean {
    return this.signaling.send(message);
  }

  // What is known of this session's line, and the still pictures in its place, come here. Said again after a welcome.
  listenBy(session: string): void {
    this.listensBy = session;
    if (session) this.signaling.send({ kind: 'whep', session });
  }

  // Never more than this, whatever the line carries.
  limit(rung: Rung): void {
    this.limited.value = rung;
    this.signaling.send({ kind: 'limit', rung });
  }

  tellDevices(microphone: DeviceState, camera: DeviceState): void {
    this.signaling.send({ kind: 'media', microphone, camera });
  }

  close(): void {
    removeEventListener('online', this.hurry);
    this.signaling.close();
  }
}
