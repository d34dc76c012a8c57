// The school's pages: the week, people, classes, import.
import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../api/http';
import { account, type Class, get, type Import, type Lesson, type Page, post, upload, type User } from './account';
import { Access } from './access';
import { ChangeLesson } from './change-lesson';
import { Holidays } from './holidays';
import { ByApi, faultText, Frame, HandOn, LessonFields, useLoaded } from './parts';
import { Rules } from './rules';
import { texts as rulesTexts } from './rules-texts';
import { texts } from './texts';
import { byDay, day, hour, localDay, localTime, mondayOf, plusDays, today } from './times';

const school = () => `/schools/${account.value?.school_id}`;
const schools = () => get<Page<{ id: string; name: string }>>(`/schools?parent_id=${account.value?.school_id}`).catch(() => null);

const pages: Record<string, () => preact.JSX.Element> = {
  holidays: () => <Holidays />,
  people: () => <People />,
  classes: () => <Classes />,
  import: () => <ImportRoster />,
  rules: () => <RulesOfSchool />,
  access: () => <Access />,
};

export function Admin() {
  const t = texts.value;
  const [tab, setTab] = useState(location.hash.slice(1) || 'week');
  const tabs = { week: t.weekTab, holidays: t.holidays, people: t.people, classes: t.classes, import: t.importTab, rules: rulesTexts.value.rules, access: t.access };
  const choose = (name: string) => {
    history.replaceState(null, '', `#${name}`);
    setTab(name);
  };
  return (
    <Frame>
      <nav class="tabs" aria-label={t.admin}>
        {Object.entries(tabs).map(([name, label]) => (
          <button key={name} type="button" aria-pressed={tab === name} onClick={() => choose(name)}>
            {label}
          </button>
        ))}
      </nav>
      {pages[tab]?.() ?? <Week />}
    </Frame>
  );
}

function Week() {
  const t = texts.value;
  const [weeks, setWeeks] = useState(0); // from this one
  const monday = mondayOf(plusDays(today(), 7 * weeks));
  const path = `${school()}/timetable?from=${monday.toISOString()}&to=${plusDays(monday, 7).toISOString()}&limit=500`;
  const { value, fault, again } = useLoaded(() => get<Page<Lesson>>(path), [path]);
  const [open, setOpen] = useState<Lesson | null>(null);
  const done = (changed: boolean) => {
    setOpen(null);
    if (changed) again();
  };
  return (
    <>
      <h1>{t.weekOf(day(monday))}</h1>
      <div class="bar">
        <button type="button" onClick={() => setWeeks(weeks - 1)}>
          {t.earlier}
        </button>
        <button type="button" onClick={() => setWeeks(weeks + 1)}>
          {t.later}
        </button>
      </div>
      <p class="fault" role="alert">
        {fault}
      </p>
      {value?.items.length === 0 && <p>{t.emptyWeek}</p>}
      {value && value.items.length > 0 && <WeekTable lessons={value.items} open={setOpen} />}
      {open && <ChangeLesson key={open.id} lesson={open} done={done} />}
      <PlanLesson planned={again} />
      <ByApi text={`GET /api/v1${path}`} />
    </>
  );
}

function WeekTable(props: { lessons: Lesson[]; open: (lesson: Lesson) => void }) {
  const t = texts.value;
  const note = (lesson: Lesson) =>
    lesson.status === 'cancelled' ? t.cancelled : lesson.suspended_by ? t.suspended(lesson.suspended_by) : lesson.status === 'live' ? t.liveNow : '';
  return (
    <table>
      {byDay(props.lessons).map((group) => (
        <tbody key={group.day}>
          <tr>
            <th colSpan={5} scope="rowgroup">
              {group.day}
            </th>
          </tr>
          {group.items.map((lesson) => (
            <tr key={lesson.id}>
              <td class="hours">
                {hour(lesson.starts_at)}–{hour(lesson.ends_at)}
              </td>
              <td>
                <strong dir="auto">{lesson.title}</strong> {note(lesson) && <span class="note">{note(lesson)}</span>}
              </td>
              <td dir="auto">{lesson.class_title}</td>
              <td dir="auto">{lesson.teachers.join(', ')}</td>
              <td>
                {lesson.status === 'ended' ? (
                  <a class="as-button" href={`/report/${lesson.id}`} aria-label={`${t.report}: ${lesson.title}, ${group.day}, ${hour(lesson.starts_at)}`}>
                    {t.report}
                  </a>
                ) : (
                  <button
                    type="button"
                    onClick={() => props.open(lesson)}
                    aria-label={`${t.change}: ${lesson.title}, ${group.day}, ${hour(lesson.starts_at)}`}
                  >
                    {t.change}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      ))}
    </table>
  );
}

interface Clash {
  title: string;
  starts_at: string;
  who: string;
}

const weekdays = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];

function PlanLesson(props: { planned: () => void }) {
  const t = texts.value;
  const { value: classes } = useLoaded(() => get<Page<Class>>(`${school()}/classes?limit=200&sort=title`), []);
  const [chosen, setForm] = useState({ cls: '', title: '', day: '', time: localTime(today()), minutes: 45, weeks: 12 });
  const form = { ...chosen, day: chosen.day || localDay(today()) };
  const [clashes, setClashes] = useState<Clash[]>([]);
  const [said, setSaid] = useState('');
  const set = (change: Partial<typeof form>) => setForm({ ...chosen, ...change });
  const cls = form.cls || classes?.items[0]?.id || '';
  const body = {
    title: form.title,
    starts_at_local: `${form.day}T${form.time}`,
    duration_minutes: form.minutes,
    rrule: `FREQ=WEEKLY;BYDAY=${weekdays[new Date(`${form.day}T12:00`).getDay()]};COUNT=${form.weeks}`,
  };
  const plan = (anyway: boolean) =>
    post(`/classes/${cls}/lesson-series`, anyway ? { ...body, allow_clashes: true } : body).then(
      () => {
        setSaid(t.planned);
        setClashes([]);
        props.planned();
      },
      (error: unknown) => {
        const problem = error instanceof ApiError ? (error.problem as { clashes?: Clash[] } | null) : null;
        setClashes(problem?.clashes ?? []);
        setSaid(problem?.clashes ? t.clash : faultText(error));
      },
    );
  return (
    <details class="card plan">
      <summary>{t.plan}</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void plan(false);
        }}
      >
        <label>
          {t.class}
          <select value={cls} onChange={(e) => set({ cls: e.currentTarget.value })} required>
            {classes?.items.map((row) => (
              <option key={row.id} value={row.id}>
                {row.title}
              </option>
            ))}
          </select>
        </label>
        <LessonFields form={form} set={set} day={t.firstDay} />
        <label>
          {t.times}
          <input type="number" min={1} max={60} value={form.weeks} onInput={(e) => set({ weeks: Number(e.currentTarget.value) })} />
        </label>
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
          <button class="primary" type="submit">
            {t.save}
          </button>
          {clashes.length > 0 && (
            <button type="button" onClick={() => void plan(true)}>
              {t.anyway}
            </button>
          )}
        </div>
      </form>
      <ByApi text={`POST /api/v1/classes/${cls}/lesson-series\n${JSON.stringify(body, null, 2)}`} />
    </details>
  );
}

// A region's admin chooses one of its schools; a school's admin has only hers.
function useSchool(): [string, preact.ComponentChildren] {
  const t = texts.value;
  const own = account.value?.school_id ?? '';
  const [chosen, setChosen] = useState(own);
  const { value } = useLoaded(schools, []);
  if (!value || value.items.length === 0) return [own, null];
  return [
    chosen,
    <label key="school">
      {t.admin}
      <select value={chosen} onChange={(e) => setChosen(e.currentTarget.value)}>
        <option value={own}>–</option>
        {value.items.map((row) => (
          <option key={row.id} value={row.id}>
            {row.name}
          </option>
        ))}
      </select>
    </label>,
  ];
}

function RulesOfSchool() {
  const [at, chooser] = useSchool();
  return <Rules key={at} school={at} chooser={chooser} />;
}

function People() {
  const t = texts.value;
  const [at, chooser] = useSchool();
  const [name, setName] = useState('');
  const [role, setRole] = useState('');
  const [link, setLink] = useState<{ name: string; url: string | null; mailed_to: string | null } | null>(null);
  const query = `sort=family_name&limit=100${name && `&family_name=${encodeURIComponent(name)}`}${role && `&role=${role}`}`;
  const path = `/schools/${at}/users?${query}`;
  const { value, fault } = useLoaded(() => get<Page<User>>(path), [path]);
  const invite = (user: User) =>
    post<{ url: string | null; mailed_to: string | null }>(`/users/${user.id}/invitations`).then((made) =>
      setLink({ name: `${user.given_name} ${user.family_name}`, ...made }),
    );
  return (
    <>
      <h1>{t.people}</h1>
      <div class="filters">
        {chooser}
        <label>
          {t.search}
          <input type="search" value={name} onInput={(e) => setName(e.currentTarget.value)} />
        </label>
        <label>
          {t.role}
          <select value={role} onChange={(e) => setRole(e.currentTarget.value)}>
            <option value="">{t.everybody}</option>
            {Object.entries(t.roles).map(([key, label]) => (
              <option key={key} value={key}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </div>
      {link?.url && <HandOn label={t.inviteLink(link.name)} url={link.url} />}
      {link?.mailed_to && <p role="status">{t.mailed(link.mailed_to)}</p>}
      <p class="fault" role="alert">
        {fault}
      </p>
      {value?.items.length === 0 && <p>{t.none}</p>}
      <table>
        <thead>
          <tr>
            <th scope="col">{t.name}</th>
            <th scope="col">{t.role}</th>
            <th scope="col">{t.username}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {value?.items.map((user) => (
            <tr key={user.id}>
              <td dir="auto">
                {user.given_name} {user.family_name}
              </td>
              <td>{user.roles.map((word) => t.roles[word]).join(', ')}</td>
              <td data-label={user.username && t.username}>{user.username}</td>
              <td>
                <button type="button" onClick={() => void invite(user)} aria-label={`${t.invite}: ${user.given_name} ${user.family_name}`}>
                  {t.invite}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <ByApi text={`GET /api/v1${path}`} />
    </>
  );
}

function Classes() {
  const t = texts.value;
  const [at, chooser] = useSchool();
  const [sheet, setSheet] = useState<Class | null>(null);
  const path = `/schools/${at}/classes?sort=title&limit=200`;
  const { value, fault } = useLoaded(() => get<Page<Class>>(path), [path]);
  if (sheet) return <JoinSheet cls={sheet} back={() => setSheet(null)} />;
  return (
    <>
      <h1>{t.classes}</h1>
      <div class="filters">{chooser}</div>
      <p class="fault" role="alert">
        {fault}
      </p>
      {value?.items.length === 0 && <p>{t.none}</p>}
      <table>
        <thead>
          <tr>
            <th scope="col">{t.class}</th>
            <th scope="col">{t.classLink}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {value?.items.map((cls) => (
            <tr key={cls.id}>
              <td dir="auto">{cls.title}</td>
              <td class="wrap">{`${location.origin}/class/${cls.id}`}</td>
              <td>
                <button type="button" onClick={() => setSheet(cls)} aria-label={`${t.sheet}: ${cls.title}`}>
                  {t.sheet}
                </button>{' '}
                <a class="as-button" href={`/attendance/class/${cls.id}`} aria-label={`${t.attendance}: ${cls.title}`}>
                  {t.attendance}
                </a>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Terms school={at} />
      <ByApi text={`GET /api/v1${path}`} />
    </>
  );
}

// The attendance of a school's terms and years.
function Terms(props: { school: string | undefined }) {
  const t = texts.value;
  const path = `/schools/${props.school}/academic-sessions?limit=200`;
  const { value } = useLoaded(() => get<Page<{ id: string; title: string }>>(path), [path]);
  if (!value?.items.length) return null;
  return (
    <>
      <h2>{t.termAttendance}</h2>
      <ul class="plain-list">
        {value.items.map((term) => (
          <li key={term.id}>
            <a href={`/attendance/term/${term.id}`} dir="auto">
              {term.title}
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

// One page to print and to pin on the wall.
function JoinSheet(props: { cls: Class; back: () => void }) {
  const t = texts.value;
  const { value } = useLoaded(async () => {
    const enrolled = await get<Page<{ user_id: string }>>(`/classes/${props.cls.id}/enrollments?role=student&limit=200`);
    return Promise.all(enrolled.items.map((row) => get<User>(`/users/${row.user_id}`)));
  }, [props.cls.id]);
  return (
    <section class="sheet">
      <h1 dir="auto">{props.cls.title}</h1>
      <p class="address">{`${location.origin}/class/${props.cls.id}`}</p>
      <p>{t.sheetHint}</p>
      <table>
        <thead>
          <tr>
            <th scope="col">{t.name}</th>
            <th scope="col">{t.username}</th>
          </tr>
        </thead>
        <tbody>
          {value?.map((user) => (
            <tr key={user.id}>
              <td dir="auto">
                {user.given_name} {user.family_name}
              </td>
              <td data-label={user.username && t.username}>{user.username}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div class="bar no-print">
        <button type="button" onClick={props.back}>
          {t.back}
        </button>
        <button class="primary" type="button" onClick={() => print()}>
          {t.print}
        </button>
      </div>
    </section>
  );
}

interface Report {
  files: { file: string; rows: number; created: number; changed: number; unchanged: number; deleted: number }[];
  problem_count: number;
  problems: { file: string; line: number; column: string; reason: string }[];
}
interface Progress {
  bytes: number;
  bytes_total: number;
}

function ImportRoster() {
  const t = texts.value;
  const [file, setFile] = useState<File | null>(null);
  const [force, setForce] = useState(false);
  const [run, setRun] = useState<Import | null>(null);
  const [fault, setFault] = useState('');
  const start = (dryRun: boolean) => {
    if (!file) return;
    setFault('');
    setRun(null);
    upload<Import>(`${school()}/imports?dry_run=${dryRun}&force=${force}`, file).then(setRun, (error: unknown) =>
      setFault(faultText(error)),
    );
  };
  // Asked again until it is done.
  useEffect(() => {
    if (run?.state !== 'running') return;
    const timer = setTimeout(() => void get<Import>(`/imports/${run.id}`).then(setRun), 500);
    return () => clearTimeout(timer);
  }, [run]);
  const progress = run?.progress as Progress | null | undefined;
  const report = run?.report as Report | null | undefined;
  const good = run?.state === 'done' && report?.problem_count === 0;
  const said = !run
    ? ''
    : run.state === 'running'
      ? t.working(progress?.bytes_total ? Math.min(99, Math.round((100 * progress.bytes) / progress.bytes_total)) : 0)
      : good
        ? run.dry_run
          ? t.checked
          : t.imported
        : t.refused(report?.problem_count ?? 1);
  return (
    <>
      <h1>{t.importTab}</h1>
      <label class="file">
        {t.chooseFile}
        <input
          type="file"
          accept=".zip,application/zip"
          onChange={(e) => {
            setFile(e.currentTarget.files?.[0] ?? null);
            setRun(null);
          }}
        />
      </label>
      <label class="check">
        <input type="checkbox" checked={force} onChange={(e) => setForce(e.currentTarget.checked)} />
        {t.force}
      </label>
      <div class="bar">
        <button class={good && run.dry_run ? '' : 'primary'} type="button" disabled={!file || run?.state === 'running'} onClick={() => start(true)}>
          {t.check}
        </button>
        <button class={good && run.dry_run ? 'primary' : ''} type="button" disabled={!good || !run.dry_run} onClick={() => start(false)}>
          {t.import}
        </button>
      </div>
      <p class="fault" role="alert">
        {fault}
      </p>
      <p role="status">{said}</p>
      {run?.state === 'running' && <progress max={progress?.bytes_total ?? 1} value={progress?.bytes ?? 0} aria-label={t.importTab} />}
      {report && report.files.length > 0 && (
        <table>
          <thead>
            <tr>
              {[t.file, t.rows, t.created, t.changed, t.unchanged, t.deleted].map((label, i) => (
                <th key={label} scope="col" class={i > 0 ? 'number' : ''}>
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {report.files.map((row) => (
              <tr key={row.file}>
                <td>{row.file}</td>
                <td class="number" data-label={t.rows}>{row.rows}</td>
                <td class="number" data-label={t.created}>{row.created}</td>
                <td class="number" data-label={t.changed}>{row.changed}</td>
                <td class="number" data-label={t.unchanged}>{row.unchanged}</td>
                <td class="number" data-label={t.deleted}>{row.deleted}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {report && report.problems.length > 0 && (
        <table>
          <thead>
            <tr>
              {[t.file, t.line, t.column, t.problem].map((label) => (
                <th key={label} scope="col">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {report.problems.map((row) => (
              <tr key={`${row.file} ${row.line} ${row.column} ${row.reason}`}>
                <td>{row.file}</td>
                <td class="number">{row.line || ''}</td>
                <td data-label={t.column}>{row.column}</td>
                <td dir="auto">{row.reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <ByApi text={`curl -T roster.zip -X POST -H 'Content-Type: application/zip' '${location.origin}/api/v1${school()}/imports?dry_run=true'`} />
    </>
  );
}
