import { describe, expect, it } from 'vitest';
import type { ClassState, Poll, ServerMessage } from '../src/api/server-messages.gen';
import { type ClassView, choicesOf, emptyClass, reduceClass } from '../src/class/state';
import { quietClass, welcome } from './welcome';

const now = Date.parse('2026-09-14T06:00:00Z');
const poll: Poll = { id: 7, question: 'Which?', choice: 'single', choices: ['a', 'b'], anonymous: true };
const state: ClassState = {
  ...quietClass,
  last_seq: 5,
  chat: [{ seq: 1, at: '2026-09-14T09:00:00+03:00', from: 'p_1', name: 'Nikos', text: 'hello' }],
  hands: [{ person: 'p_1', name: 'Nikos', at: '2026-09-14T09:00:00+03:00' }],
};
const hear = (view: ClassView, ...messages: ServerMessage[]) => messages.reduce((before, one) => reduceClass(before, one, now), view);
const here = hear(emptyClass, welcome(state));
const line = (seq: number, text = 'x'): ServerMessage => ({
  kind: 'chat',
  line: { seq, at: '', from: 'p_1', name: 'Nikos', text },
});

describe('what the class said, as the page knows it', () => {
  it('is what welcome says, and the clock of the server', () => {
    expect(here.lastSeq).toBe(5);
    expect(here.hands).toHaveLength(1);
    expect(here.ahead).toBe(60_000);
  });

  it('stays over a welcome that leaves the class out, and goes on from there', () => {
    const back = hear(here, welcome(), { kind: 'batch', events: [line(6) as never, line(8) as never] });
    expect(back.chat.map((one) => one.seq)).toEqual([1, 6, 8]);
    expect(back.lastSeq).toBe(8);
  });

  it('follows the school that changes its rules in mid-lesson', () => {
    expect([here.privateRule, here.camerasRule]).toEqual(['off', 'allowed']);
    const ruled = hear(here, { kind: 'school_rules', private_chat_rule: 'free', students_cameras: 'off' });
    expect([ruled.privateRule, ruled.camerasRule]).toEqual(['free', 'off']);
    expect(ruled.chat).toBe(here.chat);
  });

  it('knows an event once, and none before it knows the class', () => {
    expect(hear(here, line(6), line(6), line(3)).chat).toHaveLength(2);
    expect(hear(emptyClass, line(6))).toBe(emptyClass);
  });

  it('takes a line back where it stands', () => {
    const view = hear(here, { kind: 'chat_deleted', seq: 6, line: 1 });
    expect(view.chat[0]).toMatchObject({ text: '', deleted: true });
  });

  it('keeps hands in order of raising', () => {
    const raise = (seq: number, person: string, raised = true): ServerMessage => ({ kind: 'hand', seq, at: '', person, name: person, raised });
    const view = hear(here, raise(6, 'p_2'), raise(7, 'p_1', false), raise(8, 'p_1'));
    expect(view.hands.map((hand) => hand.person)).toEqual(['p_2', 'p_1']);
    expect(hear(view, { kind: 'removed', seq: 9, person: 'p_2', name: '' }).hands).toHaveLength(1);
  });

  it('gives the floor and takes it: the hand goes down, a silence ends with it', () => {
    const given = (seq: number, person: string, camera = false): ServerMessage => ({
      kind: 'floor_given',
      seq,
      on_floor: { person, name: person, camera, at: '' },
    });
    let view = hear(here, given(6, 'p_1'), given(7, 'p_2'), given(8, 'p_1', true));
    expect(view.hands).toEqual([]);
    expect(view.floor.map((one) => [one.person, one.camera])).toEqual([
      ['p_1', true],
      ['p_2', false],
    ]);
    view = hear(view, { kind: 'voices_muted', seq: 9, persons: ['p_1', 'p_2'], muted: true });
    expect(view.muted).toEqual(['p_1', 'p_2']);
    view = hear(view, { kind: 'floor_ended', seq: 10, person: 'p_1', why: 'taken' });
    expect(view.floor.map((one) => one.person)).toEqual(['p_2']);
    expect(view.muted).toEqual(['p_2']);
    expect(hear(view, { kind: 'voices_muted', seq: 11, persons: ['p_2'], muted: false }).muted).toEqual([]);
    expect(hear(view, { kind: 'removed', seq: 11, person: 'p_2', name: '' }).floor).toEqual([]);
  });

  it('where all may speak a silence lasts until the rule ends', () => {
    const rule = (seq: number, speak_freely: boolean): ServerMessage => ({
      kind: 'class_settings',
      seq,
      settings: { ...emptyClass.settings, speak_freely },
    });
    const view = hear(here, rule(6, true), { kind: 'voices_muted', seq: 7, persons: ['p_1'], muted: true });
    expect(hear(view, { kind: 'floor_ended', seq: 8, person: 'p_1', why: 'left' }).muted).toEqual(['p_1']);
    expect(hear(view, rule(8, false)).muted).toEqual([]);
  });

  it('follows a poll from its question to its result', () => {
    let view = hear(here, { kind: 'poll', seq: 7, poll }, { kind: 'poll_answered', seq: 8, poll: 7, answer: { choices: [1] } });
    expect(view.poll?.mine).toEqual({ choices: [1] });
    view = hear(view, { kind: 'tally', poll: 7, tally: { answered: 1, counts: [0, 1] } });
    expect(view.poll?.tally?.counts).toEqual([0, 1]);
    view = hear(view, { kind: 'poll_closed', seq: 9, poll: 7, tally: { answered: 2, counts: [1, 1] } });
    expect(view.poll).toBeNull();
    expect(view.closed.at(-1)?.tally.answered).toBe(2);
    expect(choicesOf({ ...poll, choice: 'yes_no', choices: [] }, 'Yes', 'No')).toEqual(['Yes', 'No']);
  });

  it('keeps a bounded number of lines', () => {
    let view = here;
    for (let seq = 6; seq < 700; ++seq) view = hear(view, line(seq));
    expect(view.chat).toHaveLength(500);
    expect(view.chat.at(-1)?.seq).toBe(699);
  });

  it('a signal of mine is over after two minutes', () => {
    const view = hear(here, { kind: 'signal', seq: 6, signal: 'slower' });
    expect(view.mySignalUntil - now).toBe(120_000);
  });
});
