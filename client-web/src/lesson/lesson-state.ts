// Pure reducer: what the server says → what the page shows.
import type { InLobby, LayersNeeded, Lesson, LineChanged, Person, ServerMessage, Stage } from '../api/server-messages.gen';
import type { LinkState } from '../api/signaling';

export interface LessonState {
  link: LinkState;
  instance: string | null; // the server's; another one after a restart
  you: string | null;
  lobby: InLobby | null; // while I wait to be admitted
  lesson: Lesson | null;
  people: Person[]; // those we are told of
  count: number; // how many are here
  stage: Stage;
  line: LineChanged | null; // mine, once the server knows it
  layers: { [source in LayersNeeded['source']]?: string[] }; // of what I publish: those that somebody needs
}

export const emptyStage: Stage = { voices: [null, null, null], camera: null, screen: null, floor: null };

export const initialState: LessonState = {
  link: 'connecting',
  instance: null,
  you: null,
  lobby: null,
  lesson: null,
  people: [],
  count: 0,
  stage: emptyStage,
  line: null,
  layers: {},
};

export function reduce(state: LessonState, message: ServerMessage): LessonState {
  switch (message.kind) {
    case 'welcome':
      return {
        ...state,
        instance: message.server_instance,
        you: message.you,
        lobby: null,
        lesson: message.lesson,
        people: message.people,
        count: message.count,
        stage: message.stage,
      };
    case 'lobby':
      return { ...state, instance: message.server_instance, you: message.you, lobby: message, lesson: message.lesson };
    case 'joined':
      return withPeople(state, [...state.people.filter((p) => p.id !== message.person.id), message.person]);
    case 'left':
      return withPeople(state, state.people.filter((p) => p.id !== message.person));
    case 'changed':
      return { ...state, people: state.people.map((p) => (p.id === message.person.id ? message.person : p)) };
    case 'count':
      return { ...state, count: message.people };
    case 'stage':
      return { ...state, stage: message.stage };
    case 'line':
      return { ...state, line: message };
    case 'layers':
      return { ...state, layers: { ...state.layers, [message.source]: message.rids } };
    case 'lesson':
      return { ...state, lesson: told(state.lesson, message.lesson) };
    default:
      return state; // what the class says: class/state
  }
}

// It has not begun, or is over: no voice and no picture is to be waited for.
export function isQuiet(lesson: Lesson | null): boolean {
  return lesson !== null && lesson.status !== 'live';
}

// What is over before it began was deleted: to who waits for it that is a lesson that does not take place.
function told(before: Lesson | null, lesson: Lesson): Lesson {
  return before?.status === 'scheduled' && lesson.status === 'ended' ? { ...lesson, status: 'cancelled' } : lesson;
}

// Where everybody is listed the list is the count; in a large class the server says it.
function withPeople(state: LessonState, people: Person[]): LessonState {
  const count = state.count > state.people.length ? state.count : people.length;
  return { ...state, people, count };
}
