// What stands in place of the lesson while a visitor is not in it: she waits to be admitted, or is not let in.
import { useEffect, useState } from 'preact/hooks';
import type { LessonSession } from '../lesson/session';
import { strings } from '../strings';
import { texts } from './door-texts';
import { Header } from './header';
import { Notice } from './notice';

const tickMs = 15_000; // a minute is told in time; nothing here hurries

export default function Door(props: { session: LessonSession }) {
  const t = texts.value;
  const { session } = props;
  const { lesson, lobby, link } = session.state.value;
  const why = session.outside.value;
  const minutes = useMinutes();
  if (!why) return null;
  const { title, text } = t[why];
  return (
    <>
      <Header title={lesson?.title} by={[lesson?.class_title]} live={lesson?.status === 'live'} />
      <Notice title={title} text={text}>
        {why === 'lobby' && (
          <>
            {lesson?.status === 'scheduled' && <p class="hint">{t.early}</p>}
            {lobby?.name_taken && <p class="hint">{t.nameTaken}</p>}
            <p class="hint" role="status">
              {link === 'lost' ? strings.value.linkLost : minutes > 0 && t.waited(`${minutes}\u00a0min`)}
            </p>
          </>
        )}
      </Notice>
    </>
  );
}

// Whole minutes since this page stands here.
function useMinutes(): number {
  const [begun] = useState(Date.now());
  const [now, setNow] = useState(begun);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), tickMs);
    return () => clearInterval(timer);
  }, []);
  return Math.floor((now - begun) / 60_000);
}
