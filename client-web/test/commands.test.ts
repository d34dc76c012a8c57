import { describe, expect, it, vi } from 'vitest';
import { en as t, el as greek } from '../src/class/catalogues';
import { askedBy } from '../src/class/command-keys';
import { catalogues } from '../src/class/command-texts';
import { choices, commandsFor, type Place, run } from '../src/class/commands';
import { emptyClass } from '../src/class/state';
import { emptyStage } from '../src/lesson/lesson-state';
import * as arabic from '../src/strings/ar-rest';

const person = (id: string, name: string, role = 'student') => ({ id, name, role, microphone: 'none', camera: 'none' });

function place(teaches: boolean, texts = t): Place & { asked: unknown[] } {
  const asked: unknown[] = [];
  const view = {
    ...emptyClass,
    floor: [{ person: 'p_n', name: 'Νίκος Παππάς', camera: false, at: '' }],
    waiting: { people: [{ id: 'p_k', name: 'Korinna Sappho', role: 'guest', since: '', name_taken: false }], count: 1 },
    poll: { poll: { id: 7, question: '?', choice: 'yes_no', choices: [], anonymous: true } },
  };
  const people = [person('p_t', 'Hypatia', 'teacher'), person('p_a', 'Ada Béta'), person('p_n', 'Νίκος Παππάς')];
  const room = {
    me: teaches ? 'p_t' : 'p_a',
    view: { value: view },
    session: { state: { value: { people, stage: emptyStage } } },
    ask: (wish: unknown) => (asked.push(wish), Promise.resolve(null)),
  } as unknown as Place['room'];
  return { room, teaches, live: true, page: { mute: vi.fn(), sound: vi.fn() }, t: texts, asked };
}

// What Enter would do with the first choice.
async function does(typed: string, at: Place & { asked: unknown[] }, words = catalogues.en): Promise<unknown> {
  const [first] = choices(typed, at, words);
  if (!first) return 'nothing';
  if (first.argument === null) return `more: ${first.text}`;
  await run(first, at);
  return at.asked.pop() ?? `page: ${first.command}`;
}

describe('typed commands', () => {
  it('do what a teacher types, with or without the slash, in any case', async () => {
    const teacher = place(true);
    expect(await does('floor ada', teacher)).toEqual({ kind: 'give_floor', person: 'p_a' });
    expect(await does('take', teacher)).toEqual({ kind: 'end_floor', person: 'p_n' });
    expect(await does('silence', teacher)).toEqual({ kind: 'mute', muted: true });
    expect(await does('silence νίκ', teacher)).toEqual({ kind: 'mute', person: 'p_n', muted: true });
    expect(await does('freely yes', teacher)).toEqual({ kind: 'class_settings', speak_freely: true });
    expect(await does('giveback', place(false))).toEqual({ kind: 'end_floor', person: 'p_a' });
    expect(await does('/lock', teacher)).toEqual({ kind: 'class_settings', locked: true });
    expect(await does('admit all', teacher)).toEqual({ kind: 'admit' });
    expect(await does('ADMIT kor', teacher)).toEqual({ kind: 'admit', person: 'p_k' });
    expect(await does('admit sappho', teacher)).toEqual({ kind: 'admit', person: 'p_k' });
    expect(await does('remove beta', teacher)).toEqual({ kind: 'remove', person: 'p_a' });
    expect(await does('remove ΝΙΚΟΣ', teacher)).toEqual({ kind: 'remove', person: 'p_n' });
    expect(await does('poll Ready?', teacher)).toEqual({ kind: 'poll_open', question: 'Ready?', choice: 'yes_no' });
    expect(await does('lobby guests', teacher)).toEqual({ kind: 'class_settings', lobby: 'guests' });
    expect(await does('guests no', teacher)).toEqual({ kind: 'class_settings', only_enrolled: true });
    expect(await does('slow 30', teacher)).toEqual({ kind: 'class_settings', slow_seconds: 30 });
    expect(await does('say good  morning', teacher)).toEqual({ kind: 'chat', text: 'good  morning' });
    expect(await does('mute', teacher)).toBe('page: mute');
    expect(teacher.page.mute).toHaveBeenCalledOnce();
  });

  it('do what a student types, and nothing that is a teacher\'s', async () => {
    const student = place(false);
    expect(await does('hand', student)).toEqual({ kind: 'hand', raised: true });
    expect(await does('answer no', student)).toEqual({ kind: 'poll_answer', poll: 7, choices: [1] });
    expect(await does('react app', student)).toEqual({ kind: 'reaction', reaction: 'clap' });
    expect(await does('ask why?', student)).toEqual({ kind: 'chat', text: 'why?', to: 'teachers' });
    for (const typed of ['lock', 'remove ada', 'admit all', 'end', 'mute']) expect(await does(typed, student), typed).toBe('nothing');
  });

  it('wait for what is still to be typed, and ask before somebody is removed', async () => {
    const teacher = place(true);
    expect(await does('say ', teacher)).toBe('more: say ');
    expect(await does('remove nobody', teacher)).toBe('nothing');
    expect(await does('xyz', teacher)).toBe('nothing');
    expect(choices('remove ada', teacher, catalogues.en)[0]?.asks).toBe(true);
    expect(choices('l', teacher, catalogues.en).map(({ command }) => command)).toEqual(['lower', 'lock', 'lobby']);
    expect(choices('', teacher, catalogues.en)).toHaveLength(commandsFor(teacher).length);
  });

  it('are known in Greek and in Arabic, without accents, and in English everywhere', async () => {
    const teacher = place(true, greek);
    expect(await does('κλειδωσε', teacher, catalogues.el)).toEqual({ kind: 'class_settings', locked: true });
    expect(await does('μέσα όλους', teacher, catalogues.el)).toEqual({ kind: 'admit' });
    expect(await does('unlock', teacher, catalogues.el)).toEqual({ kind: 'class_settings', locked: false });
    expect(await does('اقفل', place(true, arabic.room), arabic.commands)).toEqual({ kind: 'class_settings', locked: true });
  });

  it.each([
    ['English', catalogues.en],
    ['Greek', catalogues.el],
    ['Arabic', arabic.commands],
  ])('have a word of their own each, one word, in %s', (_, texts) => {
    for (const teaches of [true, false]) {
      const words = commandsFor({ ...place(teaches), page: Object.fromEntries(Object.keys(texts.commands).map((id) => [id, () => undefined])) }).map(
        (id) => texts.commands[id].word,
      );
      expect(new Set(words).size).toBe(words.length);
      for (const word of words) expect(word).toMatch(/^\S+$/);
    }
  });

  it('are opened by keys, but not by what is typed into a field, nor where single keys are off', () => {
    const key = (name: string, ctrlKey = false) => ({ key: name, ctrlKey, metaKey: false, altKey: false });
    expect(askedBy(key('/'), false, true)).toBe('line');
    expect(askedBy(key('?'), false, true)).toBe('help');
    expect(askedBy(key('/'), true, true)).toBeNull();
    expect(askedBy(key('?'), false, false)).toBeNull();
    expect(askedBy(key('k', true), true, false)).toBe('line');
    expect(askedBy(key('k'), false, true)).toBeNull();
  });
});
