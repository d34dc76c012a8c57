// Everything that is not a lesson: signing in, the home page, the school's pages.
import { useEffect, useState } from 'preact/hooks';
import { account, enter } from './account';
import '../views/lesson.css';
import { Admin } from './admin';
import { Home } from './home';
import { faultText, Frame } from './parts';
import '../views/page.css';
import { SignIn, Welcome } from './sign-in';
import { texts } from './texts';

export default function SchoolApp() {
  const [invitation, setInvitation] = useState(location.pathname === '/welcome' ? location.hash.slice(1) : '');
  if (invitation)
    return (
      <Welcome
        token={invitation}
        done={() => {
          history.replaceState(null, '', '/');
          setInvitation('');
        }}
      />
    );
  if (!account.value) return <SignIn />;
  const [, kind, id] = /^\/(lesson|class|report)\/([\w-]+)$/.exec(location.pathname) ?? [];
  if (kind === 'lesson' && id) return <EnterLesson lesson={id} />;
  if (kind === 'report' && id) return <LessonReport lesson={id} />;
  const [, , whose, whoseId = ''] = /^\/attendance(\/(user|class|term)\/([\w-]+))?\/?$/.exec(location.pathname) ?? [];
  if (whose || location.pathname === '/attendance') return <AttendancePage kind={whose ?? 'user'} id={whoseId} />;
  if (account.value.role === 'admin' && !kind) return <Admin />;
  return <Home cls={kind === 'class' ? id : undefined} />;
}

function LessonReport(props: { lesson: string }) {
  const [view, setView] = useState<typeof import('../views/report') | null>(null);
  useEffect(() => void import('../views/report').then(setView, () => location.reload()), []);
  return (
    <Frame>
      <p class="no-print">
        <a href="/">{texts.value.back}</a>
      </p>
      {view && <view.default token={account.value?.token ?? ''} lesson={props.lesson} />}
    </Frame>
  );
}

function AttendancePage(props: { kind: string; id: string }) {
  const [view, setView] = useState<typeof import('./attendance') | null>(null);
  useEffect(() => void import('./attendance').then(setView, () => location.reload()), []);
  return view ? (
    <view.default {...props} />
  ) : (
    <Frame>
      <p role="status">{texts.value.loading}</p>
    </Frame>
  );
}

// The link in a calendar: straight in.
function EnterLesson(props: { lesson: string }) {
  const [fault, setFault] = useState('');
  useEffect(() => {
    enter(props.lesson).then((url) => location.replace(url), (error: unknown) => setFault(faultText(error)));
  }, [props.lesson]);
  return (
    <Frame>
      <p role={fault ? 'alert' : 'status'}>{fault || texts.value.loading}</p>
    </Frame>
  );
}
