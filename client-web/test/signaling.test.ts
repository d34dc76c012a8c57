import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type LinkState, Signaling } from '../src/api/signaling';
import { FakeSocket, fakeSockets } from './fake-socket';

const welcome = () => {
  FakeSocket.last.open();
  FakeSocket.last.say({ kind: 'welcome', people: [] });
};

let links: LinkState[];
let signaling: Signaling;

fakeSockets();
beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(1); // the longest wait that the jitter allows
  links = [];
  signaling = new Signaling('wss://school/live', () => ({ kind: 'hello', token: 'thr_x' }), {
    message: () => undefined,
    piece: () => undefined,
    link: (state) => links.push(state),
  });
  signaling.open();
});
afterEach(() => {
  signaling.close();
  vi.restoreAllMocks();
});

describe('the link to the class', () => {
  it('says hello first, and is open when it is welcome', () => {
    expect(FakeSocket.last.protocol).toBe('thranio.v1');
    FakeSocket.last.open();
    expect(JSON.parse(FakeSocket.last.sent[0]!)).toEqual({ kind: 'hello', token: 'thr_x' });
    expect(links).toEqual(['connecting']);
    FakeSocket.last.say({ kind: 'welcome', people: [] });
    expect(links).toEqual(['connecting', 'open']);
  });

  it('comes back with growing waits, never longer than 8 s, and begins anew after a welcome', () => {
    welcome();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 7; ++attempt) {
      const before = Date.now();
      FakeSocket.last.drop(1006);
      const count = FakeSocket.all.length;
      while (FakeSocket.all.length === count) vi.advanceTimersByTime(100);
      waits.push(Date.now() - before);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 8000, 8000]);
    welcome();
    FakeSocket.last.drop(1001);
    const count = FakeSocket.all.length;
    vi.advanceTimersByTime(500);
    expect(FakeSocket.all.length).toBe(count + 1);
  });

  it('does not wait when the browser says that the network is back', () => {
    welcome();
    FakeSocket.last.drop(1006);
    signaling.hurry();
    expect(FakeSocket.all).toHaveLength(2);
    vi.advanceTimersByTime(60_000);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it.each([
    [1000, 'over'],
    [4401, 'refused'],
    [4404, 'refused'],
    [4409, 'over'],
    [4403, 'removed'],
  ] as const)('does not come back after close code %i: it is %s', (code, state) => {
    welcome();
    FakeSocket.last.drop(code);
    vi.advanceTimersByTime(60_000);
    expect(FakeSocket.all).toHaveLength(1);
    expect(links.at(-1)).toBe(state);
  });

  it('waits outside a locked lesson, and knocks again by itself', () => {
    FakeSocket.last.drop(4423);
    vi.advanceTimersByTime(500);
    expect(FakeSocket.all).toHaveLength(2);
    expect(links.at(-1)).toBe('locked');
    welcome();
    expect(links.at(-1)).toBe('open');
  });

  it('says hello anew when it is told to, and once', () => {
    welcome();
    signaling.again();
    signaling.again();
    vi.advanceTimersByTime(60_000);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it('says whether it could send', () => {
    expect(signaling.send({ kind: 'ping', nonce: 1 })).toBe(false);
    welcome();
    expect(signaling.send({ kind: 'ping', nonce: 1 })).toBe(true);
  });

  it('notices a link that is half open: two pings without an answer', () => {
    welcome();
    vi.advanceTimersByTime(10_000);
    FakeSocket.last.say({ kind: 'pong', nonce: 1 });
    vi.advanceTimersByTime(10_000);
    expect(links.at(-1)).toBe('open');
    vi.advanceTimersByTime(10_000); // the second ping without a pong
    expect(links.at(-1)).toBe('lost');
    vi.advanceTimersByTime(500);
    expect(FakeSocket.all).toHaveLength(2);
  });
});
