// The class's WebSocket, where a test is the server.
import { afterEach, beforeEach, vi } from 'vitest';

export class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = 0;
  sent: string[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  constructor(readonly url: string, readonly protocol: string) {
    FakeSocket.all.push(this);
  }
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {}
  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  say(...messages: object[]): void {
    for (const message of messages) this.onmessage?.({ data: JSON.stringify(message) });
  }
  drop(code: number): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
  static get last(): FakeSocket {
    return FakeSocket.all.at(-1)!;
  }
  // What the class was asked for, by the wishes' numbers.
  get wishes(): { ref: number; kind: string; [member: string]: unknown }[] {
    return this.sent.map((text) => JSON.parse(text) as FakeSocket['wishes'][number]).filter((message) => message.ref !== undefined);
  }
}

// For a page without a browser: before each test of the file, sockets that it answers for, and a clock that it turns.
export function fakeSockets(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    FakeSocket.all = [];
    vi.stubGlobal('WebSocket', FakeSocket);
    vi.stubGlobal('location', { origin: 'http://school' });
    vi.stubGlobal('addEventListener', () => undefined);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
}
