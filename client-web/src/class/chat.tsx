import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ChatLine } from '../api/server-messages.gen';
import { locale } from '../strings';
import { Fault, refusalText, useWish } from './parts';
import type { ClassRoom } from './room';
import { type Texts, texts } from './texts';
import type { WaitingLine } from './writing';

const longestLine = 2000; // schema/messages, Chat
const nearEndPx = 48;

export function Chat(props: { room: ClassRoom; teaches: boolean }) {
  const t = texts.value;
  const { room, teaches } = props;
  const { chat, settings } = room.view.value;
  const list = useRef<HTMLOListElement>(null);
  const atEnd = useRef(true);
  const seen = useRef(0);
  const [below, setBelow] = useState(0);
  const removal = useWish(room);
  const [looked, setLooked] = useState(0); // at the line that another one answers
  const write = useRef<HTMLInputElement>(null);
  const last = chat.at(-1)?.seq ?? 0;
  const { writing } = room;
  // The one that goes now may be in the class already, its answer still on the way.
  const going = writing.lines.value.find((line) => !line.refusal);
  const isThere = going && chat.some((line) => line.seq > going.after && line.from === room.me && line.text === going.text);
  const waiting = writing.lines.value.filter((line) => line !== going || !isThere);

  const toEnd = () => list.current && (list.current.scrollTop = list.current.scrollHeight);
  // Follows the newest line, unless she reads further up.
  useLayoutEffect(() => {
    if (atEnd.current || chat.at(-1)?.from === room.me) toEnd();
    else setBelow(chat.filter((line) => line.seq > seen.current).length);
    if (atEnd.current) seen.current = last;
  }, [last]);
  const newest = waiting.at(-1)?.key;
  useLayoutEffect(() => {
    if (newest) toEnd();
  }, [newest]);
  const scrolled = () => {
    const box = list.current;
    if (!box) return;
    atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < nearEndPx;
    if (!atEnd.current) return;
    seen.current = last;
    setBelow(0);
  };

  const jump = (seq: number) => {
    const there = list.current?.querySelector<HTMLElement>(`#line-${seq}`);
    there?.scrollIntoView({ block: 'center' });
    there?.focus({ preventScroll: true });
    setLooked(seq);
  };
  const writes = teaches || settings.chat !== 'off';
  const reply = (line: ChatLine) => {
    writing.answer(line);
    write.current?.focus();
  };

  return (
    <section class="chat" aria-label={t.chat}>
      <ol class="lines" ref={list} tabIndex={0} aria-label={t.lines} onScroll={scrolled}>
        {chat.length + waiting.length === 0 && <li class="note">{t.noLines}</li>}
        {chat.map((line) => (
          <Line
            key={line.seq}
            line={line}
            me={room.me}
            answers={line.reply_to ? (chat.find((one) => one.seq === line.reply_to) ?? 'unknown') : null}
            looked={looked === line.seq}
            jump={jump}
            reply={writes && !line.deleted ? () => reply(line) : null}
            remove={teaches || line.from === room.me ? () => void removal.ask({ kind: 'delete_message', line: line.seq }) : null}
          />
        ))}
        {waiting.map((line) => (
          <Waiting key={line.key} room={room} line={line} />
        ))}
      </ol>
      {below > 0 && (
        <button class="plain more-lines" type="button" onClick={toEnd}>
          {t.more(below)}
        </button>
      )}
      <Fault text={removal.fault} />
      {writes ? (
        <Composer room={room} teaches={teaches} write={write} />
      ) : (
        <p class="note composer">{t.chatOff}</p>
      )}
    </section>
  );
}

function Line(props: {
  line: ChatLine;
  me: string | null;
  answers: ChatLine | 'unknown' | null;
  looked: boolean;
  jump: (seq: number) => void;
  reply: (() => void) | null;
  remove: (() => void) | null;
}) {
  const t = texts.value;
  const { line, me } = props;
  const time = new Intl.DateTimeFormat(locale.value, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(line.at));
  const notes = [line.from === me ? t.you : '', line.by_guest ? t.guest : '', addressee(t, line, me), time].filter(Boolean);
  return (
    <li id={`line-${line.seq}`} tabIndex={-1} class={['line', line.to ? 'private' : '', props.looked ? 'looked' : ''].join(' ')}>
      {props.answers && <Quote line={props.answers} jump={props.jump} />}
      <div class="line-head">
        <span class={line.by_teacher ? 'name by-teacher' : 'name'} dir="auto">
          {line.name}
        </span>
        <span class="note">{notes.join(' · ')}</span>
        {props.reply && (
          <button class="plain line-act" type="button" aria-label={t.replyTo(line.name)} onClick={props.reply}>
            {t.reply}
          </button>
        )}
        {props.remove && !line.deleted && (
          <button class="plain line-act" type="button" aria-label={t.removeLine(line.name)} onClick={props.remove}>
            {t.remove}
          </button>
        )}
      </div>
      <p class={line.deleted ? 'text note' : 'text'} dir="auto">
        {line.deleted ? t.takenBack : withLinks(line.text)}
      </p>
    </li>
  );
}

// A line of mine that is not in the class yet, or was refused.
function Waiting(props: { room: ClassRoom; line: WaitingLine }) {
  const t = texts.value;
  const { room, line } = props;
  const { refusal, answers, to } = line;
  const notes = [refusal ? t.notSent : room.isLost ? t.sendsLater : t.sending, addressee(t, { to: to.id, to_name: to.name }, room.me)].filter(Boolean);
  return (
    <li class="line waiting">
      {answers && (
        <p class="quote">
          <Quoted line={answers} />
        </p>
      )}
      <div class="line-head">
        <span class="note">{notes.join(' · ')}</span>
        {refusal && (
          <>
            <button class="plain line-act" type="button" onClick={() => room.writing.again(line.key)}>
              {t.sendAgain}
            </button>
            <button class="plain line-act" type="button" onClick={() => room.writing.rewrite(line.key)}>
              {t.rewrite}
            </button>
          </>
        )}
      </div>
      <p class="text" dir="auto">
        {line.text}
      </p>
      <Fault text={refusal ? refusalText(t, refusal) : ''} />
    </li>
  );
}

// The first words of the line that is answered.
function Quote(props: { line: ChatLine | 'unknown'; jump: (seq: number) => void }) {
  const t = texts.value;
  const { line, jump } = props;
  if (line === 'unknown') return <p class="quote note">{t.earlierLine}</p>;
  return (
    <button class="plain quote" type="button" onClick={() => jump(line.seq)}>
      <span class="unseen">{t.answersLine(line.name)}: </span>
      <Quoted line={line} />
    </button>
  );
}

function Quoted(props: { line: ChatLine }) {
  const { line } = props;
  return (
    <>
      <bdi class="name">{line.name}</bdi> <bdi>{line.deleted ? texts.value.takenBack : firstWords(line.text)}</bdi>
    </>
  );
}

const quoted = 80; // characters

export function firstWords(text: string): string {
  const one = text.replace(/\s+/g, ' ');
  const letters = Array.from(one);
  return letters.length <= quoted ? one : `${letters.slice(0, quoted).join('').replace(/\s\S*$/, '')} …`;
}

function addressee(t: Texts, line: Pick<ChatLine, 'to' | 'to_name'>, me: string | null): string {
  if (line.to === 'teachers') return t.toTeachers;
  if (line.to === me) return t.toYou;
  return line.to ? t.toPerson(line.to_name ?? '') : '';
}

// Web addresses become links; all else stays the text that it is.
function withLinks(text: string) {
  return text.split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]])/).map((part, at) =>
    at % 2 === 0 ? (
      part
    ) : (
      <a href={part} target="_blank" rel="noopener noreferrer nofollow">
        {part}
      </a>
    ),
  );
}

function Composer(props: { room: ClassRoom; teaches: boolean; write: { current: HTMLInputElement | null } }) {
  const t = texts.value;
  const { room, teaches } = props;
  const { writing } = room;
  const { settings, privateRule, chat } = room.view.value;
  const { text, answers, to } = writing.draft.value;
  // What was taken back meanwhile is answered no more.
  const answered = answers && chat.find((line) => line.seq === answers.seq && !line.deleted);
  const others = room.session.state.value.people.filter((person) => person.id !== room.me);
  const persons = others.filter((person) => teaches || (settings.private_chat && privateRule !== 'off' && person.role !== 'teacher'));
  const onlyTeacher = settings.chat === 'to_teacher' && !teaches;
  const choices: { id: string; name: string }[] = onlyTeacher
    ? [{ id: 'teachers', name: t.teachers }]
    : [{ id: '', name: t.everybody }, ...(teaches ? [] : [{ id: 'teachers', name: t.teachers }]), ...persons];
  // Who left stays chosen: what was meant for one must not go to everybody because she is gone.
  if (!onlyTeacher && !choices.some((choice) => choice.id === to.id)) choices.push(to);
  const only = onlyTeacher ? 'teachers' : undefined;
  const settle = () => writing.answer(null);
  const send = (event: Event) => {
    event.preventDefault();
    if (!answered) settle();
    writing.say(only);
  };
  const hint = [onlyTeacher ? t.chatToTeacher : '', !teaches && settings.slow_seconds > 0 ? t.slow(settings.slow_seconds) : ''].join(' ').trim();
  return (
    <form class="composer" onSubmit={send}>
      {choices.length > 1 && (
        <label class="to">
          <span>{t.to}</span>
          <select value={only ?? to.id} onChange={(event) => writing.change({ to: choices.find((choice) => choice.id === event.currentTarget.value) ?? to })}>
            {choices.map((choice) => (
              <option key={choice.id} value={choice.id}>
                {choice.name}
              </option>
            ))}
          </select>
        </label>
      )}
      {answered && (
        <p class="answering">
          <span class="note">
            {t.answering} <bdi>{answered.name}</bdi>: <bdi>{firstWords(answered.text)}</bdi>
          </span>
          <button class="plain" type="button" onClick={settle}>
            {t.cancel}
          </button>
        </p>
      )}
      <div class="write">
        <input
          ref={props.write}
          onKeyDown={(event) => event.key === 'Escape' && settle()}
          aria-label={t.write}
          placeholder={t.write}
          maxLength={longestLine}
          value={text}
          autocomplete="off"
          dir="auto"
          onInput={(event) => writing.change({ text: event.currentTarget.value })}
        />
        <button class="primary" type="submit">
          {t.send}
        </button>
      </div>
      {hint && <p class="note">{hint}</p>}
    </form>
  );
}
