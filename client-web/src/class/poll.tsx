import { useEffect, useState } from 'preact/hooks';
import { call } from '../api/http';
import type { Answer, Poll, PollResult, Tally } from '../api/server-messages.gen';
import { locale } from '../strings';
import { Fault, useWish } from './parts';
import { type ClassRoom, emptyPoll, type NewPoll } from './room';
import { choicesOf } from './state';
import { texts } from './texts';

const mostChoices = 10;

// What a student sees: the question that is open, and those before it.
export function PollOfStudent(props: { room: ClassRoom }) {
  const t = texts.value;
  const { poll, closed } = props.room.view.value;
  return (
    <section class="poll" aria-label={t.poll}>
      {poll ? <Ballot key={poll.poll.id} room={props.room} poll={poll.poll} mine={poll.mine} /> : <p class="note">{t.noPoll}</p>}
      <Results closed={closed} />
    </section>
  );
}

function Ballot(props: { room: ClassRoom; poll: Poll; mine: Answer | undefined }) {
  const t = texts.value;
  const { room, poll, mine } = props;
  const given = { poll: poll.id, choices: mine?.choices ?? [], words: mine?.text ?? mine?.number?.toString() ?? '' };
  const filled = room.ballot.value?.poll === poll.id ? room.ballot.value : given;
  const { choices, words } = filled;
  const { busy, fault, ask } = useWish(room);
  const chosen = choicesOf(poll, t.yes, t.no);
  const number = Number(words.trim().replace(',', '.'));
  const ready = chosen.length > 0 ? choices.length > 0 : words.trim() !== '' && (poll.choice === 'text' || Number.isFinite(number));
  const send = (event: Event) => {
    event.preventDefault();
    if (!ready || busy) return;
    const answer = chosen.length > 0 ? { choices } : poll.choice === 'text' ? { text: words } : { number };
    void ask({ kind: 'poll_answer', poll: poll.id, ...answer } as Parameters<typeof ask>[0]);
  };
  const toggle = (at: number) => {
    const next = poll.choice !== 'multiple' ? [at] : choices.includes(at) ? choices.filter((one) => one !== at) : [...choices, at];
    room.ballot.value = { ...filled, choices: next };
  };
  return (
    <form class="ballot" onSubmit={send}>
      {chosen.length > 0 ? (
        <fieldset>
          <legend class="question" dir="auto">
            {poll.question}
          </legend>
          {chosen.map((choice, at) => (
            <label key={at} class="check">
              <input
                type={poll.choice === 'multiple' ? 'checkbox' : 'radio'}
                name="choice"
                checked={choices.includes(at)}
                onChange={() => toggle(at)}
              />
              <span dir="auto">{choice}</span>
            </label>
          ))}
        </fieldset>
      ) : (
        <label class="in-words">
          <span class="question" dir="auto">
            {poll.question}
          </span>
          <input
            aria-label={`${t.yourAnswer}: ${poll.question}`}
            value={words}
            maxLength={200}
            inputMode={poll.choice === 'number' ? 'decimal' : 'text'}
            autocomplete="off"
            onInput={(event) => (room.ballot.value = { ...filled, words: event.currentTarget.value })}
          />
        </label>
      )}
      <button class="primary" type="submit" aria-disabled={!ready || busy}>
        {mine ? t.change : t.answer}
      </button>
      <p class="note" role="status">
        {busy && room.isLost ? t.sendsLater : mine ? t.kept : poll.anonymous ? t.secret : t.withName}
      </p>
      <Fault text={fault} />
    </form>
  );
}

// What a teacher sees: the question that runs with its tally, or the form for the next.
export function PollOfTeacher(props: { room: ClassRoom }) {
  const t = texts.value;
  const { room } = props;
  const { poll, closed } = room.view.value;
  const { busy, fault, ask } = useWish(room);
  return (
    <section class="poll" aria-label={t.poll}>
      {poll ? (
        <div class="running">
          <p class="question" dir="auto">
            {poll.poll.question}
          </p>
          <Bars poll={poll.poll} tally={poll.tally ?? { answered: 0, counts: [] }} />
          <button class="primary" type="button" aria-disabled={busy} onClick={() => void ask({ kind: 'poll_close', poll: poll.poll.id })}>
            {t.closePoll}
          </button>
          <Fault text={fault} />
        </div>
      ) : (
        <Question room={room} />
      )}
      <Results closed={closed} />
      {closed.length > 0 && <Save room={room} />}
    </section>
  );
}

const kinds = ['yes_no', 'single', 'multiple', 'text', 'number'] as const;

function Question(props: { room: ClassRoom }) {
  const t = texts.value;
  const { newPoll } = props.room;
  const { question, kind, choices, named } = newPoll.value;
  const change = (part: Partial<NewPoll>) => (newPoll.value = { ...newPoll.value, ...part });
  const { busy, fault, ask } = useWish(props.room);
  const chosen = kind === 'single' || kind === 'multiple';
  const open = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    const more = chosen ? { choices: choices.filter((choice) => choice.trim() !== '') } : {};
    const wish = { kind: 'poll_open', question, choice: kind, anonymous: !named, ...more };
    if (await ask(wish as Parameters<typeof ask>[0])) newPoll.value = emptyPoll;
  };
  return (
    <form class="new-poll" onSubmit={(event) => void open(event)}>
      <label>
        <span>{t.question}</span>
        <input required value={question} maxLength={300} dir="auto" autocomplete="off" onInput={(event) => change({ question: event.currentTarget.value })} />
      </label>
      <label>
        <span>{t.kind}</span>
        <select value={kind} onChange={(event) => change({ kind: event.currentTarget.value as Poll['choice'] })}>
          {kinds.map((one) => (
            <option key={one} value={one}>
              {t.kinds[one]}
            </option>
          ))}
        </select>
      </label>
      {chosen &&
        choices.map((choice, at) => (
          <label key={at}>
            <span>{t.choice(at + 1)}</span>
            <input
              required={at < 2}
              value={choice}
              maxLength={120}
              dir="auto"
              autocomplete="off"
              onInput={(event) => change({ choices: choices.map((old, i) => (i === at ? event.currentTarget.value : old)) })}
            />
          </label>
        ))}
      {chosen && choices.length < mostChoices && (
        <button type="button" onClick={() => change({ choices: [...choices, ''] })}>
          {t.addChoice}
        </button>
      )}
      <label class="check">
        <input type="checkbox" checked={named} onChange={() => change({ named: !named })} />
        <span>{t.named}</span>
      </label>
      <button class="primary" type="submit" aria-disabled={busy}>
        {t.askClass}
      </button>
      <Fault text={fault} />
    </form>
  );
}

// All questions of the lesson with their answers, as a spreadsheet reads them.
function Save(props: { room: ClassRoom }) {
  const t = texts.value;
  const [failed, setFailed] = useState(false);
  const save = async () => {
    const { token, lesson } = props.room.session.visitor;
    try {
      const table = await (await call(token, `/api/v1/lessons/${lesson}/polls?format=csv`)).blob();
      const link = document.createElement('a');
      link.href = URL.createObjectURL(table);
      link.download = 'polls.csv';
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // some browsers read it after the click
      setFailed(false);
    } catch {
      setFailed(true);
    }
  };
  return (
    <>
      <button type="button" onClick={() => void save()}>
        {t.save}
      </button>
      <Fault text={failed ? t.failed : ''} />
    </>
  );
}

function Results(props: { closed: PollResult[] }) {
  const t = texts.value;
  if (props.closed.length === 0) return null;
  return (
    <>
      <h2>{t.results}</h2>
      <ol class="results">
        {[...props.closed].reverse().map(({ poll, tally }) => (
          <li key={poll.id}>
            <p class="question" dir="auto">
              {poll.question}
            </p>
            <Bars poll={poll} tally={tally} />
          </li>
        ))}
      </ol>
    </>
  );
}

// Each choice with its count in words and as a bar; the longest bar is everybody.
function Bars(props: { poll: Poll; tally: Tally }) {
  const t = texts.value;
  const { poll, tally } = props;
  const figure = (number: number) => new Intl.NumberFormat(locale.value, { maximumFractionDigits: 2 }).format(number);
  const counted = choicesOf(poll, t.yes, t.no).map((text, at) => ({ text, count: tally.counts[at] ?? 0 }));
  const rows = counted.length > 0 ? counted : (tally.texts ?? []);
  return (
    <div class="tally">
      <ul>
        {rows.map(({ text, count }, at) => (
          <li key={at}>
            <span dir="auto">{text}</span>
            <span class="count">{figure(count)}</span>
            <span class="tally-bar" aria-hidden="true">
              <span style={{ inlineSize: `${tally.answered > 0 ? (100 * count) / tally.answered : 0}%` }} />
            </span>
          </li>
        ))}
      </ul>
      <p class="note">
        {t.answered(tally.answered)}
        {tally.mean !== undefined && `, ${t.numbers(figure(tally.least ?? 0), figure(tally.most ?? 0), figure(tally.mean))}`}
      </p>
    </div>
  );
}

// True while a question is open that I have not answered. It calls once, and does not take away what she writes.
export function usePollCall(room: ClassRoom, call: () => void): boolean {
  const { poll } = room.view.value;
  const id = poll && !poll.mine ? poll.poll.id : null;
  useEffect(() => {
    const writes = document.activeElement?.matches('.composer input') && (document.activeElement as HTMLInputElement).value !== '';
    if (id !== null && !writes) call();
  }, [id]);
  return id !== null;
}
