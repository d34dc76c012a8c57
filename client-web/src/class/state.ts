// Pure reducer: what the class says → what the page shows of it. Times are the server's; `ahead` is how far its clock
// is before ours, so that a wrong clock here shows no wrong waiting times.
import type {
  ChatLine,
  ClassEvent,
  ClassSettings,
  ClassState,
  OnFloor,
  Poll,
  PollResult,
  RaisedHand,
  Reactions,
  RunningPoll,
  ServerMessage,
  SignalName,
  WaitingPeople,
} from '../api/server-messages.gen';
import { type BoardView, emptyBoard, reduceBoard, toldBoard } from './board';

export interface ClassView {
  lastSeq: number | undefined; // undefined: nothing is known yet
  settings: ClassSettings;
  privateRule: ClassState['private_chat_rule'];
  camerasRule: ClassState['students_cameras'];
  chat: ChatLine[];
  hands: RaisedHand[];
  floor: OnFloor[];
  muted: string[]; // by a teacher, of those that I am told of
  poll: RunningPoll | null;
  closed: PollResult[]; // the newest last
  mySignal: SignalName;
  mySignalUntil: number; // by our clock
  signals: { slower: number; lost: number };
  waiting: { people: WaitingPeople['people']; count: number }; // at the door; a teacher's
  reactions: { counts: Reactions['counts']; turn: number }; // of the last second in which there were any
  ahead: number; // ms
  board: BoardView;
}

export const emptyClass: ClassView = {
  lastSeq: undefined,
  settings: { chat: 'everybody', private_chat: false, slow_seconds: 0, locked: false, lobby: 'off', only_enrolled: false, speak_freely: false, drawing: false },
  privateRule: 'supervised',
  camerasRule: 'allowed',
  chat: [],
  hands: [],
  floor: [],
  muted: [],
  poll: null,
  closed: [],
  mySignal: 'none',
  mySignalUntil: 0,
  signals: { slower: 0, lost: 0 },
  waiting: { people: [], count: 0 },
  reactions: { counts: {}, turn: 0 },
  ahead: 0,
  board: emptyBoard,
};

const linesKept = 500; // older ones leave the page; the school's record has them
const pollsKept = 20;
const signalLastsMs = 120_000; // schema/messages, Signal

export function reduceClass(view: ClassView, message: ServerMessage, now: number): ClassView {
  switch (message.kind) {
    case 'welcome': {
      const ahead = Date.parse(message.now) - now;
      const kept = message.class ? { ...told(message.class, now), reactions: view.reactions } : view;
      return { ...kept, ahead, waiting: emptyClass.waiting }; // who waits is told next
    }
    case 'batch':
      return message.events.reduce((before, event) => happened(before, event, now), view);
    case 'tally':
      return view.poll?.poll.id === message.poll ? { ...view, poll: { ...view.poll, tally: message.tally } } : view;
    case 'signals':
      return { ...view, signals: { slower: message.slower, lost: message.lost } };
    case 'waiting':
      return { ...view, waiting: { people: message.people, count: message.count } };
    case 'school_rules':
      return { ...view, privateRule: message.private_chat_rule, camerasRule: message.students_cameras };
    case 'reactions':
      return { ...view, reactions: { counts: message.counts, turn: view.reactions.turn + 1 } };
    case 'chat':
    case 'chat_deleted':
    case 'hand':
    case 'signal':
    case 'poll':
    case 'poll_answered':
    case 'poll_closed':
    case 'class_settings':
    case 'removed':
    case 'admitted':
    case 'turned_away':
    case 'floor_given':
    case 'floor_ended':
    case 'voices_muted':
    case 'page':
    case 'stroke':
    case 'stroke_back':
    case 'page_cleared':
      return happened(view, message, now);
    case 'ink':
    case 'pointer':
    case 'decks':
      return { ...view, board: reduceBoard(view.board, message) };
    default:
      return view;
  }
}

function told(state: ClassState, now: number): ClassView {
  return {
    ...emptyClass,
    lastSeq: state.last_seq,
    settings: state.settings,
    privateRule: state.private_chat_rule,
    camerasRule: state.students_cameras,
    chat: state.chat,
    hands: state.hands,
    floor: state.floor,
    muted: state.muted,
    poll: state.poll,
    closed: state.closed,
    mySignal: state.my_signal,
    mySignalUntil: now + signalLastsMs,
    signals: state.signals ?? emptyClass.signals,
    board: toldBoard(state),
  };
}

// An event that we have already is none.
function happened(view: ClassView, event: ClassEvent, now: number): ClassView {
  const seq = event.kind === 'chat' ? event.line.seq : event.seq;
  if (view.lastSeq === undefined || seq <= view.lastSeq) return view;
  const next = { ...view, lastSeq: seq };
  switch (event.kind) {
    case 'chat':
      return { ...next, chat: [...view.chat, event.line].slice(-linesKept) };
    case 'chat_deleted':
      return {
        ...next,
        chat: view.chat.map((line) => (line.seq === event.line ? { ...line, text: '', deleted: true } : line)),
      };
    case 'hand': {
      const others = view.hands.filter((hand) => hand.person !== event.person);
      if (!event.raised) return { ...next, hands: others };
      return { ...next, hands: [...others, { person: event.person, name: event.name, at: event.at }] };
    }
    case 'signal':
      return { ...next, mySignal: event.signal, mySignalUntil: now + signalLastsMs };
    case 'poll':
      return { ...next, poll: { poll: event.poll } };
    case 'poll_answered':
      return view.poll?.poll.id === event.poll ? { ...next, poll: { ...view.poll, mine: event.answer } } : next;
    case 'poll_closed': {
      if (view.poll?.poll.id !== event.poll) return next;
      const result = { poll: view.poll.poll, tally: event.tally };
      return { ...next, poll: null, closed: [...view.closed, result].slice(-pollsKept) };
    }
    case 'class_settings': {
      const { settings } = event;
      const muted = settings.speak_freely ? view.muted : view.muted.filter((person) => view.floor.some((one) => one.person === person));
      return { ...next, settings, muted };
    }
    case 'removed':
      return offFloor({ ...next, hands: view.hands.filter((hand) => hand.person !== event.person) }, event.person);
    case 'admitted':
    case 'turned_away':
      return next; // waiting tells who waits now
    case 'floor_given': {
      const { on_floor: given } = event;
      const known = view.floor.some((one) => one.person === given.person);
      const floor = known ? view.floor.map((one) => (one.person === given.person ? { ...one, camera: given.camera } : one)) : [...view.floor, given];
      return { ...next, floor, hands: view.hands.filter((hand) => hand.person !== given.person) };
    }
    case 'floor_ended':
      return offFloor(next, event.person);
    case 'voices_muted': {
      const others = view.muted.filter((person) => !event.persons.includes(person));
      return { ...next, muted: event.muted ? [...others, ...event.persons] : others };
    }
    default:
      return { ...next, board: reduceBoard(view.board, event) };
  }
}

function offFloor(view: ClassView, person: string): ClassView {
  const muted = view.settings.speak_freely ? view.muted : view.muted.filter((one) => one !== person);
  return { ...view, floor: view.floor.filter((one) => one.person !== person), muted };
}

// The choices of a poll in words; of the other kinds none.
export function choicesOf(poll: Poll, yes: string, no: string): string[] {
  return poll.choice === 'yes_no' ? [yes, no] : poll.choices;
}
