import { beforeEach, expect, it, vi } from 'vitest';
import './page';
import type { ServerMessage } from '../src/api/server-messages.gen';
import { ClassRoom } from '../src/class/room';
import { LessonSession } from '../src/lesson/session';
import { quietClass, welcome } from './welcome';

class Socket {
  static readonly OPEN = 1;
  static all: Socket[] = [];
  readyState = 1;
  readonly sent: { kind: string; ref?: number; raised?: boolean }[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  constructor() {
    Socket.all.push(this);
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text) as Socket['sent'][number]);
  }
  hears(message: ServerMessage): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  breaks(): void {
    this.readyState = 3;
    this.onclose?.({ code: 1006 });
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  Socket.all = [];
  vi.stubGlobal('WebSocket', Socket);
  vi.stubGlobal('location', { origin: 'http://school' });
  vi.stubGlobal('addEventListener', () => undefined);
});

const noKeep = { getItem: () => null, setItem: () => undefined };

it('a line waits until it is heard, so that it is on the page all the time', async () => {
  const room = new ClassRoom(new LessonSession({ lesson: 'l', token: 't' }), noKeep);
  const socket = Socket.all[0]!;
  socket.hears(welcome({ ...quietClass, last_seq: 4 }));
  room.writing.change({ text: 'hello' });
  room.writing.say();
  const onThePage = async () => {
    await vi.advanceTimersByTimeAsync(0);
    return [room.writing.lines.value.length, room.view.value.chat.length];
  };
  socket.hears({ kind: 'accepted', ref: socket.sent[0]!.ref!, seq: 6 });
  expect(await onThePage()).toEqual([1, 0]);
  socket.hears({ kind: 'chat', line: { seq: 5, at: '', from: 'p_1', name: 'Eleni', text: 'x' } });
  expect(await onThePage()).toEqual([1, 1]);
  socket.hears({ kind: 'chat', line: { seq: 6, at: '', from: 'p_me', name: 'Nikos', text: 'hello' } });
  expect(await onThePage()).toEqual([0, 2]);
});

it('what was kept comes back at the first welcome, though the class was loaded before it', async () => {
  const asked: string[] = [];
  const room = new ClassRoom(new LessonSession({ lesson: 'l', token: 't' }), { ...noKeep, getItem: (name) => (asked.push(name), null) });
  for (let times = 0; times < 2; ++times) Socket.all[0]!.hears(welcome(quietClass));
  expect(room.me).toBe('p_me');
  expect(asked).toEqual(['thranio.writing.l.p_me']);
});

it('a hand and an answer wait for the link and go again; what is not the same twice does not', async () => {
  const room = new ClassRoom(new LessonSession({ lesson: 'l', token: 't' }), noKeep);
  const first = Socket.all[0]!;
  first.hears(welcome(quietClass));
  const told: string[] = [];
  const ask = (name: string, wish: Parameters<ClassRoom['ask']>[0]) => void room.ask(wish).then((refusal) => told.push(`${name} ${refusal?.code ?? 'done'}`));
  ask('hand', { kind: 'hand', raised: true });
  ask('clap', { kind: 'reaction', reaction: 'clap' });
  first.breaks();
  ask('answer', { kind: 'poll_answer', poll: 3, choices: [0] });
  ask('late clap', { kind: 'reaction', reaction: 'clap' });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(told).toEqual(['late clap link-lost']);

  const second = Socket.all[1]!;
  second.hears(welcome(quietClass));
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toEqual(['late clap link-lost', 'clap link-lost']);
  expect(second.sent).toMatchObject([{ kind: 'hand', raised: true }, { kind: 'poll_answer' }]);
  for (const { ref } of second.sent) second.hears({ kind: 'accepted', ref: ref!, seq: 4 });
  await vi.advanceTimersByTimeAsync(0);
  expect(told.slice(2)).toEqual(['hand done', 'answer done']);
});
