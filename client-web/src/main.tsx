import { type ComponentChildren, type JSX, render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ApiError, type Lesson, type Me, readLesson, readMe } from './api/http';
import { newKey } from './api/key';
import { LessonSession } from './lesson/session';
import { languageReady, strings } from './strings';
import './styles.css';
import { Header } from './views/header';
import { InLesson } from './views/in-lesson';
import { Join } from './views/join';
import { Notice } from './views/notice';
import { useKeptPages, usePart } from './views/part';

const retryMs = 3000;

interface Door {
  lesson: Lesson;
  me: Me;
  token: string;
}

// /join/<lesson id>#<token>: the token stays in the fragment, which browsers send to nobody.
function linkOf(place: Location): { lesson: string; token: string } | null {
  const match = /^\/join\/([\w-]+)$/.exec(place.pathname);
  const token = place.hash.slice(1);
  return match?.[1] && token ? { lesson: match[1], token } : null;
}

// Remembers for this tab that the visitor is in, so that a reload needs no tap, and who an open link's guest is.
function entry(lesson: string): { read(): { name: string; guestKey: string } | null; write(name: string): string } {
  const key = `thranio.entered.${lesson}`;
  return {
    read() {
      try {
        return JSON.parse(sessionStorage.getItem(key) ?? 'null') as { name: string; guestKey: string } | null;
      } catch {
        return null;
      }
    },
    write(name) {
      const guestKey = newKey(12);
      try {
        sessionStorage.setItem(key, JSON.stringify({ name, guestKey }));
      } catch {
        // Private browsing: a reload asks again.
      }
      return guestKey;
    },
  };
}

function App() {
  const t = strings.value;
  const link = linkOf(location);
  const [door, setDoor] = useState<Door | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [session, setSession] = useState<LessonSession | null>(null);

  const enter = (at: Door, name: string, guestKey: string) => {
    const open = at.me.name === '' ? { name, guestKey } : {};
    setSession(new LessonSession({ lesson: at.lesson.id, token: at.token, live: at.lesson.status === 'live', ...open }));
  };

  useEffect(() => {
    if (!link) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const knock = () =>
      void Promise.all([readLesson(link.token, link.lesson), readMe(link.token)]).then(
        ([lesson, me]) => {
          const opened = { lesson, me, token: link.token };
          setFault(null);
          setDoor(opened);
          const before = entry(lesson.id).read();
          if (me.role === 'teacher' || before) enter(opened, before?.name ?? '', before?.guestKey ?? '');
        },
        (error: unknown) => {
          const code = error instanceof ApiError ? error.code : 'network';
          setFault(code);
          if (!/^(token|wrong|not)-/.test(code)) timer = setTimeout(knock, retryMs);
        },
      );
    knock();
    return () => clearTimeout(timer);
  }, []);

  useEffect(() => {
    document.title = door ? `${door.lesson.title} · Thranio` : 'Thranio';
  }, [door]);

  if (!link) return <School />;
  if (fault) return <Page title={t.noEntry} text={fault === 'not-found' ? t.lessonGone : /^(token|wrong|not)-/.test(fault) ? t.linkUnknown : t.noServer} />;
  if (!door) return <Page title={t.loading} />;
  if (session?.state.value.link === 'refused') return <Page title={t.noEntry} text={t.linkUnknown} />;
  if (session?.outside.value) return <Outside session={session} />;
  if (session && new URLSearchParams(location.search).get('view') === 'projector') return <Projector session={session} />;
  if (door.lesson.status === 'cancelled') return <Page title={t.cancelledTitle} text={t.endedHint} />;
  if (session && door.me.role === 'teacher')
    return <TeacherLesson session={session} over={door.lesson.status === 'ended'} />;
  if (session) return <InLesson session={session} />;
  if (door.lesson.status === 'ended') return <Page title={t.endedTitle} text={t.endedHint} />;
  return (
    <Join
      lesson={door.lesson}
      askName={door.me.name === ''}
      enter={(name) => enter(door, name, entry(door.lesson.id).write(name))}
    />
  );
}

function later<Props>(load: () => Promise<{ default: (props: Props) => ComponentChildren }>) {
  return (props: Props & JSX.IntrinsicAttributes) => {
    const part = usePart(load);
    useKeptPages(part !== null);
    return part ? <part.default {...props} /> : <Page title={strings.value.loading} />;
  };
}
// Whoever opens a lesson's link does not load the school's pages; a student does not load what only a teacher needs, nor,
// once she is in, what is said at the door.
const School = later(() => import('./school/app'));
const TeacherLesson = later(() => import('./views/teacher'));
const Outside = later(() => import('./views/door'));
const Projector = later(() => import('./views/projector'));

function Page(props: { title: string; text?: string }) {
  return (
    <>
      <Header />
      <Notice {...props} />
    </>
  );
}

const root = document.getElementById('app');
if (root) void languageReady().then(() => render(<App />, root));
