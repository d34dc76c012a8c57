import { describe, expect, it } from 'vitest';
import type { Lesson, Person } from '../src/api/server-messages.gen';
import { emptyStage, initialState, reduce } from '../src/lesson/lesson-state';

const lesson: Lesson = {
  id: 'l_1',
  title: 'Waves',
  class_title: 'Physics',
  status: 'scheduled',
  starts_at: '2026-09-14T09:00:00+03:00',
  ends_at: '2026-09-14T09:45:00+03:00',
};
const person = (id: string): Person => ({ id, name: id, role: 'student', microphone: 'none', camera: 'none' });
const welcomed = reduce(initialState, {
  kind: 'welcome',
  server_instance: 'server_1',
  you: 'p_me',
  lesson,
  people: [person('p_me'), person('p_other')],
  count: 2,
  stage: emptyStage,
  now: '2026-09-14T09:00:00+03:00',
});

describe('the class as the page knows it', () => {
  it('is what welcome says, whatever was before', () => {
    const again = reduce(
      { ...welcomed, people: [person('p_gone')] },
      { kind: 'welcome', server_instance: 'server_2', you: 'p_me', lesson, people: [person('p_me')], count: 1, stage: emptyStage, now: '2026-09-14T09:00:00+03:00' },
    );
    expect(again.people.map((one) => one.id)).toEqual(['p_me']);
    expect(again.instance).toBe('server_2');
  });

  it('keeps people in order of joining; who joins twice is one person', () => {
    let state = reduce(welcomed, { kind: 'joined', person: person('p_new') });
    expect(state.people.map((one) => one.id)).toEqual(['p_me', 'p_other', 'p_new']);
    state = reduce(state, { kind: 'joined', person: person('p_new') });
    expect(state.people).toHaveLength(3);
    state = reduce(state, { kind: 'left', person: 'p_other', reason: 'link_lost' });
    expect(state.people.map((one) => one.id)).toEqual(['p_me', 'p_new']);
  });

  it('takes a lesson that is over before it began for one that does not take place', () => {
    const told = (status: Lesson['status']) => ({ kind: 'lesson', lesson: { ...lesson, status } }) as const;
    expect(reduce(welcomed, told('ended')).lesson?.status).toBe('cancelled');
    expect(reduce(reduce(welcomed, told('live')), told('ended')).lesson?.status).toBe('ended');
  });

  it('counts who is here: by the list, or in a large class as the server says', () => {
    expect(reduce(welcomed, { kind: 'joined', person: person('p_new') }).count).toBe(3);
    expect(reduce(welcomed, { kind: 'left', person: 'p_other', reason: 'left' }).count).toBe(1);
    const large = reduce(welcomed, { kind: 'count', people: 1200 });
    expect(reduce(large, { kind: 'joined', person: person('p_on_stage') }).count).toBe(1200);
    expect(reduce(large, { kind: 'left', person: 'p_unknown', reason: 'left' }).count).toBe(1200);
  });

  it('changes the one who changed, where she stands', () => {
    const state = reduce(welcomed, { kind: 'changed', person: { ...person('p_me'), microphone: 'on' } });
    expect(state.people.map((one) => one.microphone)).toEqual(['on', 'none']);
  });

  it('follows the lesson and the stage', () => {
    const live = reduce(welcomed, { kind: 'lesson', lesson: { ...lesson, status: 'live' } });
    expect(live.lesson?.status).toBe('live');
    const stage = { ...emptyStage, camera: 'p_other' };
    expect(reduce(live, { kind: 'stage', stage }).stage.camera).toBe('p_other');
  });

  it('is not changed by what says nothing about it', () => {
    expect(reduce(welcomed, { kind: 'pong', nonce: 1 })).toBe(welcomed);
    expect(reduce(welcomed, { kind: 'going_away', retry_after_ms: 1000 })).toBe(welcomed);
  });
});
