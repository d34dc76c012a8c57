import { expect, it } from 'vitest';
import './page';
import type { ServerMessage } from '../src/api/server-messages.gen';
import { ClassRoom } from '../src/class/room';
import { LessonSession } from '../src/lesson/session';
import { FakeSocket, fakeSockets } from './fake-socket';
import { quietClass, welcome } from './welcome';

const line = (seq: number, from = 'p_1'): ServerMessage => ({ kind: 'chat', line: { seq, at: '', from, name: 'Nikos', text: 'x' } });
const told = (last_seq: number, chat: ServerMessage[] = []) =>
  welcome({ ...quietClass, last_seq, chat: chat.flatMap((one) => (one.kind === 'chat' ? [one.line] : [])) });

fakeSockets();

it('what was said before the chat was loaded counts as unread, what was said before I came does not', () => {
  const session = new LessonSession({ lesson: 'l', token: 't' });
  FakeSocket.last.say(told(5, [line(4), line(5)]), line(6), line(7, 'p_me'));
  const room = new ClassRoom(session);
  expect(room.unread(null)).toBe(1);
  FakeSocket.last.say(line(8));
  expect(room.unread(null)).toBe(2);
  expect(room.unread(6)).toBe(1); // she has looked
});

it('a line that was lost before the chat was loaded, and came with the whole state, counts as well', () => {
  const session = new LessonSession({ lesson: 'l', token: 't' });
  FakeSocket.last.say(told(5));
  FakeSocket.last.say(told(6, [line(6)])); // the link came back, and nothing of the class was known yet
  expect(new ClassRoom(session).unread(null)).toBe(1);
});
