// What the server says to whoever comes in, with what of the class a test needs.
import type { ClassState, Welcome } from '../src/api/server-messages.gen';
import { emptyClass } from '../src/class/state';
import { emptyStage } from '../src/lesson/lesson-state';

export const quietClass: ClassState = {
  last_seq: 0,
  settings: emptyClass.settings,
  students_cameras: 'allowed',
  private_chat_rule: 'off',
  chat: [],
  hands: [],
  floor: [],
  muted: [],
  poll: null,
  closed: [],
  my_signal: 'none',
  shown: null,
};

// told: nothing where the class goes on from what the page knows.
export const welcome = (told?: ClassState): Welcome => ({
  kind: 'welcome',
  server_instance: 'server_1',
  you: 'p_me',
  lesson: { id: 'l', title: '', class_title: '', status: 'live', starts_at: '', ends_at: '' },
  people: [],
  count: 1,
  stage: emptyStage,
  now: '2026-09-14T09:01:00+03:00',
  ...(told && { class: told }),
});
