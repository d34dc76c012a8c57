// Attendance over time: a person's lessons, one by one, and what the students of a class or a term come to.
import { useState } from 'preact/hooks';
import type { components } from '../api/openapi.gen';
import '../views/report.css';
import { gapsInWords, inWords, saveCsv } from '../views/report';
import { account, get } from './account';
import { texts } from './attendance-texts';
import { ByApi, faultText, Frame, useLoaded } from './parts';
import { day, hour } from './times';

type Schemas = components['schemas'];
type Totals = Schemas['AttendanceTotals'];
type TotalsList = Schemas['AttendanceTotalsList'];
type OfPerson = Schemas['UserAttendance'];

// kind: user (without an id: whoever is signed in), class, term.
export default function Attendance(props: { kind: string; id: string }) {
  const t = texts.value;
  return (
    <Frame>
      <p class="no-print">
        <a href="/">{t.back}</a>
      </p>
      <div class="report">{props.kind === 'user' ? <Person id={props.id} /> : <Group kind={props.kind} id={props.id} />}</div>
    </Frame>
  );
}

function Person(props: { id: string }) {
  const t = texts.value;
  const mine = !props.id || props.id === account.value?.user_id;
  const path = `/users/${props.id || account.value?.user_id}/attendance`;
  const { value, fault } = useLoaded(() => get<OfPerson>(path), [path]);
  const totals = value?.totals as Totals | null | undefined;
  const begun = value?.items.filter(({ lesson }) => lesson.began_at !== null).reverse() ?? []; // the newest first
  // Of one that runs nobody can say yet that she did not come.
  const held = begun.map((one) => ({ ...one, gaps: one.lesson.ended_at ? gapsInWords(one.attendance) : [] }));
  return (
    <>
      <h1>{mine ? t.mine : t.of}</h1>
      {!mine && totals && <strong dir="auto">{totals.name}</strong>}
      <Loading loaded={value !== null} fault={fault} />
      {value && !totals && held.length === 0 && <p>{t.none}</p>}
      {totals && <Sums totals={totals} />}
      {held.length > 0 && <h2>{t.lessons}</h2>}
      <ul class="attended">
        {held.map(({ lesson, attendance, gaps }) => (
          <li key={lesson.id}>
            <span class="what">
              <strong dir="auto">{lesson.title}</strong>
              <span class="hint">
                <bdi>{lesson.class_title}</bdi>, {day(lesson.began_at ?? lesson.starts_at)} {hour(lesson.began_at ?? lesson.starts_at)}
              </span>
              {gaps.length > 0 && <span class="hint">{gaps.join('; ')}</span>}
              {attendance.link && <span class="hint">{inWords(attendance.link.rung)}</span>}
            </span>
            <span class="minutes">{lesson.ended_at ? t.ofMinutes(attendance.present && attendance.minutes === 0 ? '<1' : attendance.minutes, Math.max(1, lesson.minutes)) : t.running}</span>
          </li>
        ))}
      </ul>
      {value && <Csv path={path} name="attendance" />}
    </>
  );
}

function Sums(props: { totals: Totals }) {
  const t = texts.value;
  const { totals } = props;
  const rows: [string, string | number][] = [
    [t.lessons, totals.lessons],
    [t.present, totals.present],
    [t.absent, totals.absent],
    [t.late, totals.late],
    [t.leftEarly, totals.left_early],
    [t.share, `${totals.share_percent} %`],
  ];
  return (
    <dl class="counts">
      {rows.map(([name, count]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <bdi>{count}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Group(props: { kind: string; id: string }) {
  const t = texts.value;
  const [from, setFrom] = useState('');
  const [until, setUntil] = useState('');
  const cls = props.kind === 'class';
  // Whole days by this browser's clock, which is the school's for who teaches there.
  const start = from && `from=${encodeURIComponent(new Date(`${from}T00:00`).toISOString())}`;
  const end = until && `to=${encodeURIComponent(new Date(`${until}T23:59:59`).toISOString())}`;
  const query = [start, end].filter(Boolean).join('&');
  const path = cls ? `/classes/${props.id}/attendance${query && `?${query}`}` : `/academic-sessions/${props.id}/attendance`;
  const { value, fault } = useLoaded(() => get<TotalsList>(path), [path]);
  return (
    <>
      <h1>{t.of}</h1>
      {value && <strong dir="auto">{value.title}</strong>}
      {cls && (
        <div class="filters no-print">
          <label>
            {t.from}
            <input type="date" value={from} onChange={(event) => setFrom(event.currentTarget.value)} />
          </label>
          <label>
            {t.until}
            <input type="date" value={until} onChange={(event) => setUntil(event.currentTarget.value)} />
          </label>
        </div>
      )}
      <Loading loaded={value !== null} fault={fault} />
      {value && <p role="status">{value.lessons === 0 ? t.none : t.count(value.lessons)}</p>}
      {value && value.items.length > 0 && <Table items={value.items} />}
      {value && <Csv path={path} name={`attendance-${props.id}`} />}
      <ByApi text={`GET /api/v1${path}`} />
    </>
  );
}

function Table(props: { items: Totals[] }) {
  const t = texts.value;
  return (
    <div class="wide" role="region" aria-label={t.of} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t.name}</th>
            <th scope="col">{t.share}</th>
            <th scope="col">{t.present}</th>
            <th scope="col">{t.absent}</th>
            <th scope="col">{t.late}</th>
            <th scope="col">{t.leftEarly}</th>
            <th scope="col">{t.minutes}</th>
            <th scope="col">{t.spoken}</th>
          </tr>
        </thead>
        <tbody>
          {props.items.map((totals) => (
            <tr key={totals.user_id}>
              <th scope="row" dir="auto">
                <a href={`/attendance/user/${totals.user_id}`}>{totals.name || '–'}</a>
              </th>
              <td data-label={t.share}>
                <bdi>{totals.share_percent} %</bdi>
              </td>
              <td data-label={t.present}>{totals.present}</td>
              <td data-label={t.absent}>{totals.absent}</td>
              <td data-label={t.late}>{totals.late}</td>
              <td data-label={t.leftEarly}>{totals.left_early}</td>
              <td data-label={t.minutes}>{totals.minutes}</td>
              <td data-label={t.spoken}>{Math.round(totals.seconds_spoken / 60)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Loading(props: { loaded: boolean; fault: string }) {
  return (
    <>
      <p class="fault" role="alert">
        {props.fault}
      </p>
      {!props.loaded && !props.fault && <p role="status">{texts.value.loading}</p>}
    </>
  );
}

function Csv(props: { path: string; name: string }) {
  const [fault, setFault] = useState('');
  const path = `/api/v1${props.path}${props.path.includes('?') ? '&' : '?'}format=csv`;
  const save = () => void saveCsv(account.value?.token ?? '', path, props.name).then(() => setFault(''), (error: unknown) => setFault(faultText(error)));
  return (
    <div class="bar no-print">
      <button type="button" onClick={save}>
        {texts.value.csv}
      </button>
      <p class="fault" role="alert">
        {fault}
      </p>
    </div>
  );
}
