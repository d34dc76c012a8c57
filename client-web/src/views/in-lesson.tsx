// A student in a lesson. The voice needs no more than came with the first page; on a thin line all that is looked at
// is loaded when she hears it.
import { isQuiet } from '../lesson/lesson-state';
import type { LessonSession } from '../lesson/session';
import { strings } from '../strings';
import { Header } from './header';
import { useStage, useVoices } from './listening';
import { Notice } from './notice';
import { useOnceOrLater, usePart } from './part';

const patienceMs = 8000; // for a voice that does not come
const measuredMs = 3000; // so long the server may take to measure a line that nothing else crowds
const quickMs = 2500; // a first page that came within this leaves room for the rest beside the voice

const quick = performance.now() < quickMs;

export function InLesson(props: { session: LessonSession }) {
  const t = strings.value;
  const { session } = props;
  const { lesson, link, line } = session.state.value;
  const { stage, inbound } = useStage(session);
  const sound = useVoices(stage);
  const voiceFirst = useOnceOrLater(!!inbound?.voice || isQuiet(lesson), patienceMs);
  const measured = useOnceOrLater(voiceFirst && line !== null, voiceFirst ? measuredMs : patienceMs + measuredMs);
  const part = usePart(() => import('./student'), quick || measured);

  if (lesson?.status === 'cancelled' || lesson?.status === 'ended')
    return (
      <>
        <Header title={lesson.title} by={[lesson.class_title]} />
        <Notice title={lesson.status === 'ended' ? t.endedTitle : t.cancelledTitle} text={t.endedHint} />
      </>
    );
  // Of a lesson that she was not in there is nothing to show meanwhile.
  if (!lesson && link === 'lost')
    return (
      <>
        <Header />
        <Notice title={t.linkLost} />
      </>
    );
  if (part && lesson) return <part.default session={session} stage={stage} inbound={inbound} sound={sound} hurry={quick && voiceFirst} />;
  return (
    <>
      <Header title={lesson?.title} by={[lesson?.class_title]} live={lesson?.status === 'live'} />
      <main class="notice">
        <p role="status">{link === 'lost' && !inbound?.voice ? t.linkLost : inbound?.voice ? t.linkVoice : t.linkConnecting}</p>
        {sound.blocked && (
          <button class="primary" type="button" onClick={sound.unblock}>
            {t.soundBlocked}
          </button>
        )}
      </main>
    </>
  );
}
