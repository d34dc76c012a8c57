import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Keeper, type MediaSession } from '../src/media/connection';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function session(): MediaSession & { end: ReturnType<typeof vi.fn> } {
  return { id: '', peer: {} as RTCPeerConnection, end: vi.fn() };
}

describe('a media session that is kept', () => {
  it('is opened anew when it is lost', async () => {
    let lose: () => void = () => undefined;
    const open = vi.fn((lost: () => void) => {
      lose = lost;
      return Promise.resolve(session());
    });
    const keeper = new Keeper(open, () => true);
    keeper.start();
    await vi.advanceTimersByTimeAsync(0);
    lose();
    await vi.advanceTimersByTimeAsync(300);
    expect(open).toHaveBeenCalledTimes(2);
    keeper.stop();
  });

  it('is tried again with growing waits while the server refuses, and not at all when that is final', async () => {
    const open = vi.fn(() => Promise.reject(new Error('no')));
    let more = true;
    const keeper = new Keeper(open, () => more);
    keeper.start();
    await vi.advanceTimersByTimeAsync(0);
    await vi.advanceTimersByTimeAsync(300);
    expect(open).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(300);
    expect(open).toHaveBeenCalledTimes(2);
    more = false;
    await vi.advanceTimersByTimeAsync(300);
    expect(open).toHaveBeenCalledTimes(3);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(open).toHaveBeenCalledTimes(3);
  });

  it('leaves nothing open when it is stopped while it opens', async () => {
    const late = session();
    const keeper = new Keeper(() => Promise.resolve(late), () => true);
    keeper.start();
    keeper.stop();
    await vi.advanceTimersByTimeAsync(0);
    expect(late.end).toHaveBeenCalled();
  });
});
