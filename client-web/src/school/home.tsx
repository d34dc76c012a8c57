// Today on one page: the next lesson largest, one tap to join; the week below; nothing else.
import { useEffect, useState } from 'preact/hooks';
import { account, enter, get, type Lesson, type Page, post } from './account';
import { faultText, Frame, HandOn, useLoaded } from './parts';
import { texts } from './texts';
import { byDay, hour, localDay, plusDays, today } from './times';

const minuteMs = 60_000;

function useMinutes(): Date {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((turn) => turn + 1), minuteMs / 4);
    return () => clearInterval(timer);
  }, []);
  return today();
}

function stateOf(lesson: Lesson, now: Date): string {
  const t = texts.value;
  if (lesson.status === 'live') return t.liveNow;
  if (lesson.status === 'cancelled') return t.cancelled;
  if (lesson.suspended_by) return t.suspended(lesson.suspended_by);
  if (lesson.status === 'ended' || Date.parse(lesson.ends_at) < now.getTime()) return t.over;
  return '';
}

// A teacher may go in whenever she likes; a student when it is open.
function isOpen(lesson: Lesson, now: Date): boolean {
  if (lesson.status === 'live') return true;
  if (lesson.status !== 'scheduled' || lesson.suspended_by || Date.parse(lesson.ends_at) < now.getTime()) return false;
  return account.value?.role === 'teacher' || Date.parse(lesson.opens_at) <= now.getTime();
}

function Line(props: { lesson: Lesson; now: Date; large: boolean }) {
  const t = texts.value;
  const { lesson, now } = props;
  const [fault, setFault] = useState('');
  const state = stateOf(lesson, now);
  const go = () => enter(lesson.id).then((url) => location.assign(url), (error: unknown) => setFault(faultText(error)));
  return (
    <li class={props.large ? 'lesson-line large' : 'lesson-line'}>
      <span class="hours">
        {hour(lesson.starts_at)}–{hour(lesson.ends_at)}
      </span>
      <span class="what">
        <strong dir="auto">{lesson.title}</strong>
        <span class="hint">
          <bdi>{lesson.class_title}</bdi>
          {lesson.teachers.length > 0 && (
            <>
              , {t.with} <bdi>{lesson.teachers.join(', ')}</bdi>
            </>
          )}
        </span>
        {state && <span class={lesson.status === 'live' ? 'live' : 'note'}>{state}</span>}
        {fault && (
          <span class="fault" role="alert">
            {fault}
          </span>
        )}
      </span>
      {lesson.status === 'ended' && account.value?.role === 'teacher' ? (
        <a class="as-button" href={`/report/${lesson.id}`} aria-label={`${t.report}: ${lesson.title}`}>
          {t.report}
        </a>
      ) : isOpen(lesson, now) ? (
        <button class={props.large ? 'primary' : ''} type="button" onClick={() => void go()}>
          {t.enter}
        </button>
      ) : (
        !state && <span class="note">{t.opensAt(hour(lesson.opens_at))}</span>
      )}
    </li>
  );
}

function CalendarLink() {
  const t = texts.value;
  const [url, setUrl] = useState('');
  const make = () => void post<{ url: string }>(`/users/${account.value?.user_id}/feeds`).then((feed) => setUrl(feed.url));
  return url ? (
    <>
      <HandOn label={t.calendar} url={url} />
      <p class="hint">{t.calendarHint}</p>
    </>
  ) : (
    <button class="plain" type="button" onClick={make}>
      {t.calendar}
    </button>
  );
}

// The attendance of each class that she teaches this week.
function ClassLinks(props: { lessons: Lesson[] }) {
  const t = texts.value;
  const classes = new Map(props.lessons.map((lesson) => [lesson.class_id, lesson.class_title]));
  return (
    <p class="links">
      {[...classes].map(([id, title]) => (
        <a key={id} href={`/attendance/class/${id}`}>
          {t.attendance}: <bdi>{title}</bdi>
        </a>
      ))}
    </p>
  );
}

export function Home(props: { cls?: string | undefined }) {
  const t = texts.value;
  const now = useMinutes();
  const from = new Date(now.getTime() - 3 * 60 * minuteMs);
  const path = `/me/timetable?from=${from.toISOString()}&to=${plusDays(from, 7).toISOString()}`;
  const { value, fault } = useLoaded(() => get<Page<Lesson>>(path), [Math.floor(now.getTime() / minuteMs)]);
  const lessons = value?.items.filter((lesson) => !props.cls || lesson.class_id === props.cls) ?? [];
  const todays = lessons.filter((lesson) => localDay(new Date(lesson.starts_at)) <= localDay(now)); // also what began before midnight
  const rest = lessons.filter((lesson) => !todays.includes(lesson));
  const next = todays.find((lesson) => isOpen(lesson, now)) ?? todays.find((lesson) => !stateOf(lesson, now));
  return (
    <Frame>
      <h1>{t.today}</h1>
      <p class="fault" role="alert">
        {fault}
      </p>
      {!value && !fault && <p>{t.loading}</p>}
      {value && todays.length === 0 && <p>{lessons.length === 0 ? t.noLessons : t.noneToday}</p>}
      <ul class="lessons">
        {todays.map((lesson) => (
          <Line key={lesson.id} lesson={lesson} now={now} large={lesson === next} />
        ))}
      </ul>
      {rest.length > 0 && <h2>{t.week}</h2>}
      {byDay(rest).map((group) => (
        <section key={group.day}>
          <h3>{group.day}</h3>
          <ul class="lessons">
            {group.items.map((lesson) => (
              <Line key={lesson.id} lesson={lesson} now={now} large={false} />
            ))}
          </ul>
        </section>
      ))}
      {value && account.value?.role === 'teacher' && <ClassLinks lessons={lessons} />}
      <p class="links">
        {account.value?.role === 'student' && <a href="/attendance">{t.myAttendance}</a>}
        {value && <CalendarLink />}
      </p>
    </Frame>
  );
}
