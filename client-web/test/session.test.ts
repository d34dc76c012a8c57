import { expect, it, vi } from 'vitest';
import { LessonSession } from '../src/lesson/session';
import { FakeSocket, fakeSockets } from './fake-socket';
import { welcome } from './welcome';

fakeSockets();

it('says by which session it listens whenever there is a new one, and again on a new link', async () => {
  const session = new LessonSession({ lesson: 'l', token: 't' });
  const told = () => FakeSocket.last.sent.filter((text) => text.includes('"whep"')).map((text) => JSON.parse(text) as object);
  const whep = (id: string) => ({ kind: 'whep', session: id });
  session.listenBy('early'); // a lesson that is live does not wait for the class
  FakeSocket.last.open();
  expect(told()).toEqual([]); // before hello is answered nobody knows whose it is
  FakeSocket.last.say(welcome());
  session.listenBy('lost_and_new');
  expect(told()).toEqual([whep('early'), whep('lost_and_new')]);
  FakeSocket.last.drop(1006);
  await vi.advanceTimersByTimeAsync(1000);
  FakeSocket.last.open();
  expect(told()).toEqual([]);
  FakeSocket.last.say(welcome());
  expect(told()).toEqual([whep('lost_and_new')]);
});
