// A lesson at a glance, for who taught it: who was there, how long, why not longer, how the lines were; and
// what is wrong is set right here.
import { useEffect, useState } from 'preact/hooks';
import { ApiError, call } from '../api/http';
import type { components } from '../api/openapi.gen';
import { hour, day } from '../school/times';
import { strings } from '../strings';
import './page.css';
import './report.css';
import { texts } from './report-texts';

type Schemas = components['schemas'];
type LessonReport = Schemas['LessonReport'];
type Person = Schemas['AttendanceEntry'];
type Correction = Schemas['AttendanceCorrection'];

function said(error: unknown): string {
  if (error instanceof ApiError && error.code !== 'network') return error.message;
  return strings.value.noServer;
}

// The rungs in four words: nobody teaches by the names of layers.
export function inWords(rung: Schemas['Rung'] | undefined): string {
  const { carried } = texts.value;
  switch (rung) {
    case undefined:
      return carried.none;
    case 'all':
    case 'middle-pictures':
    case 'screen':
      return carried.all;
    case 'small-pictures':
    case 'slow-pictures':
      return carried.small;
    case 'voice':
    case 'voice-low':
      return carried.still;
    case 'voice-lowest':
      return carried.voice;
  }
}

// "everything 82 %, small pictures 18 %"
function lines(rungs: LessonReport['rungs']): string {
  const all = rungs.reduce((sum, one) => sum + one.minutes, 0);
  const words = new Map<string, number>();
  for (const one of rungs) words.set(inWords(one.rung), (words.get(inWords(one.rung)) ?? 0) + one.minutes);
  return [...words].map(([word, minutes]) => `${word} ${Math.round((100 * minutes) / all)} %`).join(', ');
}

export function gapsInWords(person: Person): string[] {
  const t = texts.value;
  const words: string[] = [];
  for (const gap of person.absences) {
    const reason = t.reasons[gap.reason] ?? gap.reason;
    if (gap.reason === 'never_came') words.push(reason);
    else if (gap.reason !== 'not_yet_there') words.push(t.gap(reason, hour(gap.from), gap.minutes));
  }
  if (person.late) words.unshift(t.cameLate(person.late_minutes));
  if (person.left_early && person.seconds_recorded > 0) words.push(t.wentEarly(person.early_minutes));
  return words;
}

// "spoke 2:05"; nothing for whoever said nothing, and for a teacher, whose voice nobody measures.
export function spokenInWords(person: Person): string {
  const seconds = person.seconds_spoken ?? 0;
  return seconds > 0 ? texts.value.spoke(`${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`) : '';
}

export async function saveCsv(token: string, path: string, name: string): Promise<void> {
  const answer = await call(token, path);
  const url = URL.createObjectURL(await answer.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = `${name}.csv`;
  link.click();
  URL.revokeObjectURL(url);
}

// heading: what stands above instead of the lesson's title.
export default function Report(props: { token: string; lesson: string; heading?: string }) {
  const t = texts.value;
  const [report, setReport] = useState<LessonReport | null>(null);
  const [fault, setFault] = useState('');
  const [done, setDone] = useState('');
  const path = `/api/v1/lessons/${props.lesson}`;
  const load = () =>
    call(props.token, `${path}/report`)
      .then((answer) => answer.json() as Promise<LessonReport>)
      .then(setReport, (error: unknown) => setFault(said(error)));
  useEffect(() => void load(), [props.lesson]);

  const correct = async (user: string, minutes: number, reason: string) => {
    await call(props.token, `${path}/attendance-corrections`, {
      method: 'POST',
      contentType: 'application/json',
      body: JSON.stringify({ user_id: user, minutes, reason }),
    });
    setDone(t.saved);
    await load();
  };

  if (!report)
    return (
      <div class="report">
        <h1>{props.heading ?? t.report}</h1>
        <p role={fault ? 'alert' : 'status'}>{fault || t.loading}</p>
      </div>
    );
  const { lesson, counts } = report;
  return (
    <div class="report">
      <h1 dir="auto">{props.heading ?? lesson.title}</h1>
      {props.heading && <strong dir="auto">{lesson.title}</strong>}
      {lesson.began_at ? (
        <p class="hint">
          <bdi>{lesson.class_title}</bdi>
          {` · ${day(lesson.began_at)}, ${hour(lesson.began_at)}${lesson.ended_at ? `–${hour(lesson.ended_at)}` : ''} · `}
          {t.lasted(lesson.minutes)} {!lesson.ended_at && t.soFar}
        </p>
      ) : (
        <p>{t.notHeld}</p>
      )}
      {lesson.outage_seconds >= 60 && <p class="note">{t.outage(Math.round(lesson.outage_seconds / 60))}</p>}
      <Counts counts={counts} />
      {report.rungs.length > 0 && (
        <p>
          {t.lines}: {lines(report.rungs)}.
        </p>
      )}
      <h2>{t.people}</h2>
      <p class="fault" role="alert">
        {fault}
      </p>
      <p class="note" role="status">
        {done}
      </p>
      {report.people.length === 0 && <p>{t.nobody}</p>}
      <ul class="attended">
        {report.people.map((person, at) => (
          <Row key={person.user_id ?? at} person={person} minutes={lesson.minutes} correct={correct} held={lesson.began_at !== null} />
        ))}
      </ul>
      <div class="bar no-print">
        <button type="button" onClick={() => void saveCsv(props.token, `${path}/attendance?format=csv`, `attendance-${props.lesson}`).catch((error: unknown) => setFault(said(error)))}>
          {t.csv}
        </button>
      </div>
    </div>
  );
}

function Counts(props: { counts: LessonReport['counts'] }) {
  const t = texts.value;
  const { counts } = props;
  const rows: [string, string | number][] = [
    [t.present, counts.expected > 0 ? t.ofExpected(counts.present - counts.guests, counts.expected) : counts.present],
    [t.absent, counts.absent],
    [t.late, counts.late],
    [t.leftEarly, counts.left_early],
    [t.linksLost, counts.links_lost],
  ];
  if (counts.guests > 0) rows.splice(1, 0, [t.guests, counts.guests]);
  return (
    <dl class="counts">
      {rows.map(([name, count]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{count}</dd>
        </div>
      ))}
    </dl>
  );
}

function Row(props: { person: Person; minutes: number; held: boolean; correct: (user: string, minutes: number, reason: string) => Promise<void> }) {
  const t = texts.value;
  const { person } = props;
  const [open, setOpen] = useState(false);
  const name = person.name || t.erased;
  const correction = person.correction as Correction | null;
  const gaps = gapsInWords(person);
  const spoken = spokenInWords(person);
  const link = person.link && `${inWords(person.link.rung)}${person.link.loss_percent > 0 ? `, ${t.lost(person.link.loss_percent)}` : ''}`;
  return (
    <li>
      <span class="what">
        <span>
          <strong dir="auto">{name}</strong>
          {person.role === 'teacher' && <span class="note"> {t.teacher}</span>}
          {person.role !== 'teacher' && !person.expected && <span class="note"> {t.guest}</span>}
        </span>
        {spoken && <span class="hint">{spoken}</span>}
        {gaps.length > 0 && <span class="hint">{gaps.join('; ')}</span>}
        {link && person.role !== 'teacher' && <span class="hint">{link}</span>}
        {correction && (
          <span class="note" dir="auto">
            {t.corrected(correction.minutes_before, correction.corrected_by_name, correction.reason)}
          </span>
        )}
      </span>
      <span class="minutes">{t.ofMinutes(person.present && person.minutes === 0 ? '<1' : person.minutes, Math.max(1, props.minutes))}</span>
      {props.held && person.user_id && person.role !== 'teacher' && !open && (
        <button class="no-print" type="button" aria-label={t.correctWhom(name)} onClick={() => setOpen(true)}>
          {t.correct}
        </button>
      )}
      {open && person.user_id && (
        <CorrectForm
          name={name}
          minutes={person.minutes}
          most={Math.max(1, props.minutes)}
          save={(minutes, reason) => props.correct(person.user_id!, minutes, reason)}
          close={() => setOpen(false)}
        />
      )}
    </li>
  );
}

function CorrectForm(props: { name: string; minutes: number; most: number; save: (minutes: number, reason: string) => Promise<void>; close: () => void }) {
  const t = texts.value;
  const [minutes, setMinutes] = useState(props.minutes);
  const [reason, setReason] = useState('');
  const [fault, setFault] = useState('');
  const save = (event: Event) => {
    event.preventDefault();
    props.save(minutes, reason).then(props.close, (error: unknown) => setFault(said(error)));
  };
  return (
    <form onSubmit={save} aria-label={t.correctWhom(props.name)}>
      <label>
        {t.minutes}
        <input type="number" min={0} max={props.most} value={minutes} onInput={(e) => setMinutes(Number(e.currentTarget.value))} required />
      </label>
      <label class="why">
        {t.why}
        <input value={reason} maxLength={500} onInput={(e) => setReason(e.currentTarget.value)} required />
      </label>
      <button class="primary" type="submit">
        {t.save}
      </button>
      <button type="button" onClick={props.close}>
        {t.cancel}
      </button>
      <p class="fault" role="alert">
        {fault}
      </p>
    </form>
  );
}
