import { beforeEach, expect, it, vi } from 'vitest';
import './page';
import { ClassRoom, type Refusal } from '../src/class/room';
import { LessonSession } from '../src/lesson/session';
import type { ChatLine } from '../src/api/server-messages.gen';
import { FakeSocket, fakeSockets } from './fake-socket';
import { quietClass, welcome } from './welcome';

const kept = new Map<string, string>();
fakeSockets();
beforeEach(() => {
  kept.clear();
  vi.stubGlobal('sessionStorage', { getItem: (name: string) => kept.get(name) ?? null, setItem: (name: string, value: string) => void kept.set(name, value) });
});
const settled = () => vi.advanceTimersByTimeAsync(0);

// A class that answers when it is told to.
class Class {
  readonly writing = new ClassRoom(new LessonSession({ lesson: 'l', token: 't' })).writing;
  private readonly sockets: FakeSocket[] = [];

  constructor() {
    this.letIn();
  }

  private letIn(): void {
    this.sockets.push(FakeSocket.last);
    FakeSocket.last.open();
    FakeSocket.last.say(welcome(quietClass));
  }
  async answer(refusal: Refusal | null = null): Promise<void> {
    const { ref } = this.heard.at(-1)!;
    this.sockets.at(-1)!.say(refusal ? { kind: 'error', type: `/problems/${refusal.code}`, ref } : { kind: 'accepted', ref, seq: 0 });
    await settled();
  }
  goes(): void {
    this.sockets.at(-1)!.drop(1006);
  }
  async comesBack(): Promise<void> {
    await vi.advanceTimersByTimeAsync(1000);
    this.letIn();
    await settled();
  }
  async says(text: string): Promise<void> {
    this.writing.change({ text });
    this.writing.say();
    await settled();
  }
  get heard() {
    return this.sockets.flatMap((socket) => socket.wishes);
  }
  get texts(): unknown[] {
    return this.heard.map((line) => line.text);
  }
  get waiting(): string[] {
    return this.writing.lines.value.map((line) => line.text);
  }
}

const line = (part: Partial<ChatLine>): ChatLine => ({ seq: 3, at: '', from: 'p_1', name: 'Nikos', text: 'x', ...part });

it('what is being written stays while the line before is on its way', async () => {
  const room = new Class();
  await room.says('first');
  expect(room.writing.draft.value.text).toBe('');
  room.writing.change({ text: 'sec' });
  room.writing.answer(line({}));
  await room.answer();
  expect(room.writing.draft.value).toMatchObject({ text: 'sec', answers: { seq: 3 } });
});

it('lines go one at a time, in order, and stay until the class has them', async () => {
  const room = new Class();
  await room.says('first');
  await room.says('second');
  expect(room.texts).toEqual(['first']);
  expect(room.waiting).toEqual(['first', 'second']);
  await room.answer();
  expect(room.texts).toEqual(['first', 'second']);
  await room.answer();
  expect(room.waiting).toEqual([]);
});

it('a line that was not answered when the link broke is sent again under its key, once', async () => {
  const room = new Class();
  await room.says('first');
  room.goes();
  await room.comesBack();
  expect(room.texts).toEqual(['first', 'first']);
  expect(room.heard[0]!.key).toMatch(/^[0-9a-f]{12}$/);
  expect(room.heard[1]!.key).toBe(room.heard[0]!.key);
  await room.answer();
  expect(room.waiting).toEqual([]);
});

it('what is written without a link goes when it is back', async () => {
  const room = new Class();
  room.goes();
  await room.says('first');
  await room.says('second');
  expect(room.texts).toEqual([]);
  await room.comesBack();
  await room.answer();
  await room.answer();
  expect(room.texts).toEqual(['first', 'second']);
  expect(room.heard[0]!.key).not.toBe(room.heard[1]!.key);
});

it('a refused line says why, lets the next one go, and can be sent again or rewritten', async () => {
  const room = new Class();
  room.writing.answer(line({ seq: 5 }));
  await room.says('rude');
  await room.says('second');
  await room.answer({ code: 'chat-word' });
  expect(room.writing.lines.value[0]).toMatchObject({ text: 'rude', refusal: { code: 'chat-word' } });
  expect(room.texts).toEqual(['rude', 'second']);
  await room.answer();
  expect(room.waiting).toEqual(['rude']);
  room.writing.again(room.writing.lines.value[0]!.key);
  await settled();
  expect(room.heard.at(-1)).toMatchObject({ text: 'rude', reply_to: 5 });
  await room.answer({ code: 'chat-word' });
  room.writing.change({ text: 'and more' });
  room.writing.rewrite(room.writing.lines.value[0]!.key);
  expect(room.waiting).toEqual([]);
  expect(room.writing.draft.value).toMatchObject({ text: 'rude and more', answers: { seq: 5 } });
});

it('a line goes to whom it was for when it was written', async () => {
  const room = new Class();
  room.writing.change({ to: { id: 'p_1', name: 'Nikos' } });
  await room.says('psst');
  room.writing.change({ to: { id: '', name: '' } });
  await room.answer({ code: 'private-chat-off' });
  expect(room.heard[0]).toMatchObject({ text: 'psst', to: 'p_1' });
  room.writing.rewrite(room.writing.lines.value[0]!.key);
  expect(room.writing.draft.value).toMatchObject({ text: 'psst', to: { id: 'p_1', name: 'Nikos' } });
  room.writing.say('teachers');
  await settled();
  expect(room.heard[1]).toMatchObject({ text: 'psst', to: 'teachers' });
});

it('a reload keeps the draft and what was not sent, for the same person in the same lesson alone', async () => {
  const before = new Class();
  before.goes();
  await before.says('first');
  before.writing.change({ text: 'and' });
  const after = new Class();
  await settled();
  expect(after.writing.draft.value.text).toBe('and');
  expect(after.heard).toMatchObject([{ text: 'first', key: before.writing.lines.value[0]!.key }]);
  await after.answer();
  expect(new Class().waiting).toEqual([]);
  expect([...kept.keys()]).toEqual(['thranio.writing.l.p_me']);
  for (const broken of ['{', 'null', '[]', '{"draft":1}']) {
    kept.set('thranio.writing.l.p_me', broken);
    expect(new Class().writing.draft.value.text).toBe('');
  }
});

it('a browser that keeps nothing loses nothing but that', async () => {
  const refuses = () => {
    throw new Error('SecurityError');
  };
  vi.stubGlobal('sessionStorage', { getItem: refuses, setItem: refuses });
  const room = new Class();
  await room.says('first');
  await room.answer();
  expect(room.texts).toEqual(['first']);
});

it('an empty line is not sent', async () => {
  const room = new Class();
  await room.says('  ');
  expect(room.heard).toEqual([]);
});

it('what answers a private line goes to the other of the two', () => {
  const { writing } = new Class();
  const to = (part: Partial<ChatLine>) => (writing.answer(line(part)), writing.draft.value.to.id);
  expect(to({})).toBe('');
  expect(to({ from: 'p_1', to: 'p_me' })).toBe('p_1');
  expect(to({ from: 'p_me', to: 'p_1', to_name: 'Nikos' })).toBe('p_1');
  expect(to({ from: 'p_me', to: 'teachers' })).toBe('teachers');
  expect(to({ from: 'p_1', to: 'teachers' })).toBe('p_1'); // I teach
});
