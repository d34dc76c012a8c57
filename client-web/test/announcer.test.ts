import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ServerMessage } from '../src/api/server-messages.gen';
import { Announcer, type Note, quietMs } from '../src/class/announcer';

let said: Note[];
let announcer: Announcer;
beforeEach(() => {
  vi.useFakeTimers();
  said = [];
  announcer = new Announcer((note) => said.push(note));
});
afterEach(() => {
  announcer.stop();
  vi.useRealTimers();
});
const line = (seq: number, from = 'p_1'): ServerMessage => ({ kind: 'chat', line: { seq, at: '', from, name: 'Nikos', text: `line ${seq}` } });

describe('what a screen reader is told', () => {
  it('is one sentence for what comes together, and then nothing for a while', () => {
    for (let seq = 1; seq <= 12; ++seq) announcer.hear(line(seq), 'p_me');
    vi.advanceTimersByTime(300);
    expect(said).toHaveLength(1);
    expect(said[0]?.lines).toBe(12);
    announcer.hear(line(13), 'p_me');
    vi.advanceTimersByTime(quietMs - 1000);
    expect(said).toHaveLength(1);
    vi.advanceTimersByTime(1000);
    expect(said[1]).toMatchObject({ lines: 1, last: { name: 'Nikos', text: 'line 13' } });
  });

  it('is nothing of my own lines, of tallies and sums', () => {
    announcer.hear(line(1, 'p_me'), 'p_me');
    announcer.hear({ kind: 'tally', poll: 1, tally: { answered: 1, counts: [1] } }, 'p_me');
    announcer.hear({ kind: 'signals', slower: 1, lost: 0 }, 'p_me');
    vi.advanceTimersByTime(60_000);
    expect(said).toHaveLength(0);
  });

  it('is the floor, whose it is now; nothing where I gave it back myself', () => {
    const on_floor = { person: 'p_me', name: 'Me', camera: false, at: '' };
    announcer.hear({ kind: 'floor_given', seq: 1, on_floor }, 'p_me');
    vi.advanceTimersByTime(300);
    expect(said[0]?.floor).toEqual({ name: 'Me', mine: true });
    announcer.hear({ kind: 'voices_muted', seq: 2, persons: ['p_me'], muted: true }, 'p_me');
    announcer.hear({ kind: 'floor_ended', seq: 3, person: 'p_me', why: 'taken' }, 'p_me');
    announcer.hear({ kind: 'floor_given', seq: 4, on_floor: { ...on_floor, person: 'p_1', name: 'Nikos' } }, 'p_me');
    vi.advanceTimersByTime(quietMs);
    expect(said[1]).toMatchObject({ silenced: true, over: true, floor: { name: 'Nikos', mine: false } });
    announcer.hear({ kind: 'floor_ended', seq: 5, person: 'p_me', why: 'given_back' }, 'p_me');
    vi.advanceTimersByTime(60_000);
    expect(said).toHaveLength(2);
  });

  it('is a question and a hand, by name', () => {
    announcer.hear({ kind: 'hand', seq: 1, at: '', person: 'p_1', name: 'Nikos', raised: true }, 'p_me');
    announcer.hear({ kind: 'poll', seq: 2, poll: { id: 2, question: 'Ready?', choice: 'yes_no', choices: [], anonymous: true } }, 'p_me');
    vi.advanceTimersByTime(300);
    expect(said[0]).toMatchObject({ hands: ['Nikos'], question: 'Ready?', lines: 0 });
  });
});
