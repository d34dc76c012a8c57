import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { askTwice } from '../src/media/connection';

interface Question {
  answer: (text: string) => void;
  refuse: (why: string) => void;
}

// Questions that the test answers, in its own order.
function questions(): { asked: Question[]; ask: () => Promise<string> } {
  const asked: Question[] = [];
  return { asked, ask: () => new Promise((answer, refuse) => asked.push({ answer, refuse })) };
}

describe('a question over a bad line', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('is asked once where the answer comes in time', async () => {
    const { asked, ask } = questions();
    const answer = askTwice(ask, 4000, () => expect.fail('nothing is late'));
    asked[0]!.answer('here');
    expect(await answer).toBe('here');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked).toHaveLength(1);
  });

  it('is asked again where none comes; the first answer counts, the other is handed back', async () => {
    const { asked, ask } = questions();
    const late: string[] = [];
    const answer = askTwice(ask, 4000, (text) => late.push(text));
    await vi.advanceTimersByTimeAsync(4000);
    expect(asked).toHaveLength(2);
    asked[1]!.answer('second');
    expect(await answer).toBe('second');
    asked[0]!.answer('first');
    await vi.advanceTimersByTimeAsync(0);
    expect(late).toEqual(['first']);
  });

  it('is refused at once when the only one is, and waits for the other when one of two is', async () => {
    const once = questions();
    const refused = askTwice(once.ask, 4000, () => undefined);
    once.asked[0]!.refuse('no');
    await expect(refused).rejects.toBe('no');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(once.asked).toHaveLength(1);

    const twice = questions();
    const answer = askTwice(twice.ask, 4000, () => undefined);
    await vi.advanceTimersByTimeAsync(4000);
    twice.asked[1]!.refuse('gone');
    twice.asked[0]!.answer('here');
    expect(await answer).toBe('here');
  });
});
