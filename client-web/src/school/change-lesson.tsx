// One lesson of the week: moved, given to another teacher, cancelled; alone or with those that follow it.
import { useState } from 'preact/hooks';
import { ApiError } from '../api/http';
import { account, get, type Lesson, type Page, patch, type User, versioned } from './account';
import { ByApi, faultText, LessonFields, useLoaded } from './parts';
import { texts } from './texts';
import { day, hour, localDay, localTime } from './times';

interface Clash {
  title: string;
  starts_at: string;
}

export function ChangeLesson(props: { lesson: Lesson; done: (changed: boolean) => void }) {
  const t = texts.value;
  const { lesson } = props;
  const start = new Date(lesson.starts_at);
  const { value: teachers } = useLoaded(
    () => get<Page<User>>(`/schools/${account.value?.school_id}/users?role=teacher&sort=family_name&limit=200`),
    [],
  );
  const [form, setForm] = useState({
    title: lesson.title,
    day: localDay(start),
    time: localTime(start),
    minutes: Math.round((Date.parse(lesson.ends_at) - start.getTime()) / 60000),
    teacher: lesson.teacher_id ?? '',
    following: false,
  });
  const [said, setSaid] = useState('');
  const [clashes, setClashes] = useState<Clash[]>([]);
  const set = (change: Partial<typeof form>) => setForm({ ...form, ...change });
  const path = `/lessons/${lesson.id}${form.following ? '/following' : ''}`;
  const at = new Date(`${form.day}T${form.time}`);
  // Only what was changed: those that follow keep their own titles.
  const times =
    form.day === localDay(start) && form.time === localTime(start) && Date.parse(lesson.ends_at) - start.getTime() === form.minutes * 60000
      ? {}
      : form.following
        ? { starts_at_local: `${form.day}T${form.time}`, duration_minutes: form.minutes }
        : { starts_at: at.toISOString(), ends_at: new Date(at.getTime() + form.minutes * 60000).toISOString() };
  const body = {
    ...(form.title !== lesson.title && { title: form.title }),
    ...times,
    ...(form.teacher !== (lesson.teacher_id ?? '') && { teacher_id: form.teacher || null }),
  };
  const change = (what: object) =>
    versioned(`/lessons/${lesson.id}`)
      .then((version) => patch(path, what, version))
      .then(
        () => props.done(true),
        (error: unknown) => {
          const problem = error instanceof ApiError ? (error.problem as { clashes?: Clash[] } | null) : null;
          setClashes(problem?.clashes ?? []);
          setSaid(problem?.clashes ? t.clash : faultText(error));
        },
      );
  const cancelled = lesson.status === 'cancelled';
  return (
    <section class="card plan" aria-label={t.changeLesson}>
      <h2>
        <bdi>{lesson.class_title}</bdi>: {day(start)}, {hour(start)}
      </h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void change(body);
        }}
      >
        <LessonFields form={form} set={set} day={t.day} />
        <label>
          {t.standIn}
          <select value={form.teacher} onChange={(e) => set({ teacher: e.currentTarget.value })}>
            <option value="">{t.nobodyElse}</option>
            {teachers?.items.map((user) => (
              <option key={user.id} value={user.id}>
                {user.family_name} {user.given_name}
              </option>
            ))}
          </select>
        </label>
        {lesson.series_id && (
          <label class="check">
            <input type="checkbox" checked={form.following} onChange={(e) => set({ following: e.currentTarget.checked })} />
            {t.following}
          </label>
        )}
        <p role="status">{said}</p>
        {clashes.length > 0 && (
          <ul>
            {clashes.slice(0, 5).map((clash) => (
              <li key={clash.starts_at + clash.title}>
                {day(clash.starts_at)}, {hour(clash.starts_at)}: <bdi>{clash.title}</bdi>
              </li>
            ))}
          </ul>
        )}
        <div class="bar">
          <button class="primary" type="submit" disabled={Object.keys(body).length === 0}>
            {t.saveChange}
          </button>
          {clashes.length > 0 && (
            <button type="button" onClick={() => void change({ ...body, allow_clashes: true })}>
              {t.anyway}
            </button>
          )}
          <button class={cancelled ? '' : 'danger'} type="button" onClick={() => void change({ cancelled: !cancelled })}>
            {cancelled ? t.takesPlace : t.cancelLesson}
          </button>
          <button type="button" onClick={() => props.done(false)}>
            {t.back}
          </button>
        </div>
      </form>
      <ByApi text={`PATCH /api/v1${path}\n${JSON.stringify(body, null, 2)}`} />
    </section>
  );
}
