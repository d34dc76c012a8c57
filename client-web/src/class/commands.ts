// Typed commands: every act of the lesson in words. What was typed → which command with what argument, and what could
// be meant by it so far. Words are the page's language's; the English ones are known everywhere. No DOM.
import type { Person, WaitingPerson } from '../api/server-messages.gen';
import type { CommandTexts } from './command-texts';
import type { ClassRoom, Refusal, Wish } from './room';
import { speakersOf } from './speakers';
import { choicesOf } from './state';
import type { Texts } from './texts';

export type CommandId = keyof CommandTexts['commands'];

// What the page itself can do, by the same names.
export type PageActions = Partial<Record<CommandId, () => void>>;

export interface Place {
  room: ClassRoom;
  teaches: boolean;
  live: boolean;
  page: PageActions;
  t: Texts;
}

export interface Option {
  value: string;
  text: string;
}

interface Command {
  id: CommandId;
  who?: 'teacher' | 'student';
  options?: (place: Place) => Option[]; // of which one is chosen
  text?: 'needed' | 'possible'; // any words follow
  asks?: boolean; // is done when Enter is pressed a second time
  run?: (place: Place, argument: string) => Wish | null; // null: nothing to do; left out: the page does it
}

const named = (people: { id: string; name: string }[]): Option[] => people.map(({ id, name }) => ({ value: id, text: name }));
const others = ({ room }: Place): Person[] => room.session.state.value.people.filter((person) => person.role !== 'teacher' && person.id !== room.me);
const waiting = ({ room }: Place): WaitingPerson[] => room.view.value.waiting.people;
const onFloor = ({ room }: Place): Option[] => room.view.value.floor.map(({ person, name }) => ({ value: person, text: name }));
const all = ({ t }: Place): Option => ({ value: 'all', text: t.everybody });
const onOff = ({ t }: Place): Option[] => [
  { value: 'yes', text: t.yes },
  { value: 'no', text: t.no },
];

const commands: Command[] = [
  { id: 'hand', who: 'student', run: ({ room }) => ({ kind: 'hand', raised: !room.view.value.hands.some((hand) => hand.person === room.me) }) },
  { id: 'say', text: 'needed', run: (_, text) => ({ kind: 'chat', text }) },
  { id: 'ask', who: 'student', text: 'needed', run: (_, text) => ({ kind: 'chat', text, to: 'teachers' }) },
  {
    id: 'answer',
    who: 'student',
    text: 'needed',
    options: ({ room, t }) => {
      const poll = room.view.value.poll?.poll;
      return poll ? choicesOf(poll, t.yes, t.no).map((text, at) => ({ value: String(at), text })) : [];
    },
    run: ({ room, t }, argument) => {
      const poll = room.view.value.poll?.poll;
      const kind = 'poll_answer';
      if (!poll) return { kind, poll: 1, text: argument }; // the server says that none is open
      if (choicesOf(poll, t.yes, t.no).length > 0) return { kind, poll: poll.id, choices: [Number(argument)] };
      return poll.choice === 'text' ? { kind, poll: poll.id, text: argument } : { kind, poll: poll.id, number: Number(argument.replace(',', '.')) };
    },
  },
  {
    id: 'react',
    options: ({ t }) => Object.entries(t.reactions).map(([value, text]) => ({ value, text })),
    run: (_, reaction) => ({ kind: 'reaction', reaction: reaction as 'yes' }),
  },
  { id: 'slower', who: 'student', run: ({ room }) => ({ kind: 'signal', signal: room.view.value.mySignal === 'slower' ? 'none' : 'slower' }) },
  { id: 'lost', who: 'student', run: ({ room }) => ({ kind: 'signal', signal: room.view.value.mySignal === 'i-am-lost' ? 'none' : 'i-am-lost' }) },
  { id: 'sound', who: 'student' },
  { id: 'full', who: 'student' },
  { id: 'mute', who: 'teacher' },
  { id: 'camera', who: 'teacher' },
  { id: 'share', who: 'teacher' },
  { id: 'projector', who: 'teacher' },
  {
    id: 'admit',
    who: 'teacher',
    options: (place) => [all(place), ...named(waiting(place))],
    run: (_, person) => (person === 'all' ? { kind: 'admit' } : { kind: 'admit', person }),
  },
  { id: 'refuse', who: 'teacher', options: (place) => named(waiting(place)), asks: true, run: (_, person) => ({ kind: 'turn_away', person }) },
  { id: 'remove', who: 'teacher', options: (place) => named(others(place)), asks: true, run: (_, person) => ({ kind: 'remove', person }) },
  {
    id: 'lower',
    who: 'teacher',
    options: ({ room }) => room.view.value.hands.map(({ person, name }) => ({ value: person, text: name })),
    run: (_, person) => ({ kind: 'lower_hand', person }),
  },
  {
    id: 'floor',
    who: 'teacher',
    options: (place) => {
      const hands = place.room.view.value.hands.map(({ person, name }) => ({ value: person, text: name }));
      return [...hands, ...named(others(place)).filter(({ value }) => !hands.some((hand) => hand.value === value))];
    },
    run: (_, person) => ({ kind: 'give_floor', person }),
  },
  { id: 'take', who: 'teacher', options: (place) => onFloor(place), run: (_, person) => ({ kind: 'end_floor', person }) },
  {
    id: 'silence',
    who: 'teacher',
    options: (place) => [all(place), ...speakersOf(place.room).map(({ person, name }) => ({ value: person, text: name }))],
    run: (_, person) => (person === 'all' ? { kind: 'mute', muted: true } : { kind: 'mute', person, muted: true }),
  },
  {
    id: 'unsilence',
    who: 'teacher',
    options: (place) => [all(place), ...named(others(place)).filter(({ value }) => place.room.view.value.muted.includes(value))],
    run: (_, person) => (person === 'all' ? { kind: 'mute', muted: false } : { kind: 'mute', person, muted: false }),
  },
  { id: 'freely', who: 'teacher', options: onOff, run: (_, may) => ({ kind: 'class_settings', speak_freely: may === 'yes' }) },
  { id: 'giveback', who: 'student', run: ({ room }) => (room.me ? { kind: 'end_floor', person: room.me } : null) },
  { id: 'poll', who: 'teacher', text: 'needed', run: (_, question) => ({ kind: 'poll_open', question, choice: 'yes_no' }) },
  { id: 'close', who: 'teacher', run: ({ room }) => ({ kind: 'poll_close', poll: room.view.value.poll?.poll.id ?? 1 }) },
  { id: 'lock', who: 'teacher', run: () => ({ kind: 'class_settings', locked: true }) },
  { id: 'unlock', who: 'teacher', run: () => ({ kind: 'class_settings', locked: false }) },
  {
    id: 'lobby',
    who: 'teacher',
    options: ({ t }) => Object.entries(t.lobbies).map(([value, text]) => ({ value, text })),
    run: (_, lobby) => ({ kind: 'class_settings', lobby: lobby as 'off' }),
  },
  { id: 'guests', who: 'teacher', options: onOff, run: (_, may) => ({ kind: 'class_settings', only_enrolled: may === 'no' }) },
  {
    id: 'chat',
    who: 'teacher',
    options: ({ t }) => Object.entries(t.modes).map(([value, text]) => ({ value, text })),
    run: (_, chat) => ({ kind: 'class_settings', chat: chat as 'off' }),
  },
  { id: 'private', who: 'teacher', options: onOff, run: (_, may) => ({ kind: 'class_settings', private_chat: may === 'yes' }) },
  {
    id: 'slow',
    who: 'teacher',
    options: ({ t }) => [0, 10, 30, 60, 300].map((seconds) => ({ value: String(seconds), text: seconds === 0 ? t.paceNone : t.seconds(seconds) })),
    run: (_, seconds) => ({ kind: 'class_settings', slow_seconds: Number(seconds) }),
  },
  { id: 'end', who: 'teacher' },
  { id: 'help' },
];

// One line of the list under the command line.
export interface Choice {
  command: CommandId;
  text: string; // the command line as it would be
  label: string;
  hint: string;
  argument: string | null; // null: more is to be typed
  asks: boolean;
}

// As it is compared: lower case, without accents.
export function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/ς/g, 'σ').trim();
}

function known(place: Place): Command[] {
  return commands.filter(({ id, who, run }) => (!who || (who === 'teacher') === place.teaches) && (run || id === 'help' || place.page[id]));
}

export function commandsFor(place: Place): CommandId[] {
  return known(place).map(({ id }) => id);
}

// What may be meant by what was typed so far, the likeliest first.
export function choices(typed: string, place: Place, words: CommandTexts): Choice[] {
  const line = typed.replace(/^\s*\/?\s*/, '');
  const [, head = '', space = '', rest = ''] = /^(\S*)(\s*)([\s\S]*)$/.exec(line) ?? [];
  const begins = (text: string, with_: string) => plain(text).startsWith(plain(with_));
  const found = known(place).filter(({ id }) => {
    const own = words.commands[id].word;
    return space ? plain(own) === plain(head) || id === plain(head) : begins(own, head) || begins(id, head);
  });
  return found.flatMap((command) => {
    const { word, help } = words.commands[command.id];
    const choice = { command: command.id, hint: help, asks: command.asks ?? false };
    const options = command.options?.(place) ?? [];
    if (options.length > 0 && (space || found.length === 1)) {
      const fit = options.filter(({ value, text }) => plain(text).split(/\s+/).some((_, at, parts) => begins(parts.slice(at).join(' '), rest)) || begins(value, rest));
      return fit.map(({ value, text }) => ({ ...choice, text: `${word} ${text}`, label: `${word} ${text}`, argument: value }));
    }
    if (command.options && !command.text) return [{ ...choice, text: `${word} `, label: word, argument: null }];
    if (command.text) return [{ ...choice, text: `${word} ${rest}`, label: rest ? `${word} ${rest}` : `${word} …`, argument: rest.trim() || null }];
    return [{ ...choice, text: word, label: word, argument: '' }];
  });
}

// Does it. What comes of it: nothing to tell, a refusal, or 'help', which is the command line's own.
export async function run(choice: Choice, place: Place): Promise<Refusal | null> {
  const command = commands.find(({ id }) => id === choice.command);
  const wish = command?.run?.(place, choice.argument ?? '');
  if (wish) return place.room.ask(wish);
  place.page[choice.command]?.();
  return null;
}
