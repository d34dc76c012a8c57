// The class's WebSocket: says hello, tells what it hears, comes back by itself. No DOM, no media.
import type { ClientMessage } from './client-messages.gen';
import type { ServerMessage } from './server-messages.gen';

// removed: shown out by the teacher. turned-away: not let in by her. only-enrolled: no guests here. locked: not let in for
// now.
export type Shut = 'removed' | 'turned-away' | 'only-enrolled' | 'locked';
export type LinkState = 'connecting' | 'open' | 'lost' | 'refused' | 'over' | Shut;

const shutFor: Record<number, Shut> = { 4403: 'removed', 4406: 'turned-away', 4407: 'only-enrolled' };

export interface SignalingEvents {
  message(message: ServerMessage): void;
  piece(piece: ArrayBuffer): void; // of a still picture
  link(state: LinkState): void;
}

const firstWaitMs = 500;
const longestWaitMs = 8000;
const pingMs = 10_000; // and as long again for the answer: schema/messages, Ping

export class Signaling {
  private socket: WebSocket | null = null;
  private attempts = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private heartbeat: ReturnType<typeof setInterval> | undefined;
  private unanswered = 0;
  private closed = false;
  private locked = false;

  constructor(
    private readonly url: string,
    private readonly hello: () => Extract<ClientMessage, { kind: 'hello' }>,
    private readonly events: SignalingEvents,
  ) {}

  open(): void {
    if (!this.locked) this.events.link(this.attempts === 0 ? 'connecting' : 'lost');
    const socket = new WebSocket(this.url, 'thranio.v1');
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      socket.send(JSON.stringify(this.hello()));
      this.unanswered = 0;
      this.heartbeat = setInterval(() => this.beat(), pingMs);
    };
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) =>
      typeof event.data === 'string' ? this.hear(JSON.parse(event.data) as ServerMessage) : this.events.piece(event.data);
    socket.onclose = (event) => this.gone(event.code);
  }

  // False: the link is not there, and nothing was sent.
  send(message: ClientMessage): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  // Says hello anew, on a new socket.
  again(): void {
    const socket = this.socket;
    if (this.closed || this.retry || !socket) return;
    socket.onclose = null;
    socket.close(1000);
    this.gone(1006);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.retry);
    clearInterval(this.heartbeat);
    this.socket?.close(1000);
  }

  // The browser says that the network is back: do not wait for the timer.
  hurry(): void {
    if (this.closed || !this.retry) return;
    clearTimeout(this.retry);
    this.retry = undefined;
    this.open();
  }

  private hear(message: ServerMessage): void {
    if (message.kind === 'pong') {
      this.unanswered = 0;
      return;
    }
    if (message.kind === 'welcome' || message.kind === 'lobby') {
      this.attempts = 0;
      this.locked = false;
      this.events.link('open');
    }
    this.events.message(message);
  }

  private beat(): void {
    if (++this.unanswered > 1) {
      // Half-open: nobody answers. close() would wait for a handshake that cannot come.
      const socket = this.socket;
      if (socket) socket.onclose = null;
      socket?.close();
      this.gone(1006);
      return;
    }
    this.send({ kind: 'ping', nonce: Math.floor(Math.random() * 0xffffffff) });
  }

  private gone(code: number): void {
    clearInterval(this.heartbeat);
    if (this.closed) return;
    if (code === 1000) return this.events.link('over');
    if (code === 4401 || code === 4404 || code === 4400) return this.events.link('refused');
    if (code === 4409) return this.events.link('over');
    const shut = shutFor[code];
    if (shut) return this.events.link(shut);
    this.locked = code === 4423;
    const wait = Math.min(longestWaitMs, firstWaitMs * 2 ** this.attempts++);
    this.events.link(this.locked ? 'locked' : 'lost');
    // Jitter: a class that lost its server does not come back in one instant.
    this.retry = setTimeout(() => {
      this.retry = undefined;
      this.open();
    }, wait * (0.5 + Math.random() / 2));
  }
}
