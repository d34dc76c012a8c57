import { expect, it, vi } from 'vitest';
import './page';
import { ClassRoom } from '../src/class/room';
import { LessonSession } from '../src/lesson/session';
import { FakeSocket, fakeSockets } from './fake-socket';
import { quietClass, welcome } from './welcome';

fakeSockets();

const classOf = () => new ClassRoom(new LessonSession({ lesson: 'l', token: 't' }));

it('a line waits until it is heard, so that it is on the page all the time', async () => {
  const room = classOf();
  const socket = FakeSocket.last;
  socket.open();
  socket.say(welcome({ ...quietClass, last_seq: 4 }));
  room.writing.change({ text: 'hello' });
  room.writing.say();
  const onThePage = async () => {
    await vi.advanceTimersByTimeAsync(0);
    return [room.writing.lines.value.length, room.view.value.chat.length];
  };
  socket.say({ kind: 'accepted', ref: socket.wishes[0]!.ref, seq: 6 });
  expect(await onThePage()).toEqual([1, 0]);
  socket.say({ kind: 'chat', line: { seq: 5, at: '', from: 'p_1', name: 'Eleni', text: 'x' } });
  expect(await onThePage()).toEqual([1, 1]);
  socket.say({ kind: 'chat', line: { seq: 6, at: '', from: 'p_me', name: 'Nikos', text: 'hello' } });
  expect(await onThePage()).toEqual([0, 2]);
});

it('what was kept comes back at the first welcome, though the class was loaded before it', async () => {
  const asked: string[] = [];
  vi.stubGlobal('sessionStorage', { getItem: (name: string) => (asked.push(name), null), setItem: () => undefined });
  const room = classOf();
  for (let times = 0; times < 2; ++times) FakeSocket.last.say(welcome(quietClass));
  expect(room.me).toBe('p_me');
  expect(asked).toEqual(['thranio.writing.l.p_me']);
});

it('a hand and an answer wait for the link and go again; what is not the same twice does not', async () => {
  const room = classOf();
  const first = FakeSocket.last;
  first.open();
  first.say(welcome(quietClass));
  const told: string[] = [];
  const ask = (name: string, wish: Parameters<ClassRoom['ask']>[0]) => void room.ask(wish).then((refusal) => told.push(`${name} ${refusal?.code ?? 'done'}`));
  ask('hand', { kind: 'hand', raised: true });
  ask('clap', { kind: 'reaction', reaction: 'clap' });
  first.drop(1006);
  ask('answer', { kind: 'poll_answer', poll: 3, choices: [0] });
  ask('late clap', { kind: 'reaction', reaction: 'clap' });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(told).toEqual(['late clap link-lost']);

  const second = FakeSocket.all[1]!;
  second.open();
  second.say(welcome(quietClass));
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toEqual(['late clap link-lost', 'clap link-lost']);
  expect(second.wishes).toMatchObject([{ kind: 'hand', raised: true }, { kind: 'poll_answer' }]);
  for (const { ref } of second.wishes) second.say({ kind: 'accepted', ref, seq: 4 });
  await vi.advanceTimersByTimeAsync(0);
  expect(told.slice(2)).toEqual(['hand done', 'answer done']);
});
