// The lesson for a projector: the stage and nothing to press. A question stands beside it while it is open, and what came
// of it for a while after; so do the raised hands. ?hands=off and ?poll=off leave them out. Silent: who teaches in the
// room is heard there, and the teacher's own page plays the rest.
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { RunningPoll, Tally } from '../api/server-messages.gen';
import { ClassRoom } from '../class/room';
import { StudentsPage } from '../class/slide-part';
import { choicesOf } from '../class/state';
import { texts } from '../class/texts';
import type { LessonSession } from '../lesson/session';
import { comesStill } from '../lesson/rungs';
import { strings } from '../strings';
import { Notice } from './notice';
import { StageView } from './stage';
import { lessonTexts } from './lesson-texts';
import { useStage } from './listening';
import './lesson.css';
import './projector.css';

const resultShownMs = 60_000;
const handsShown = 6; // by name; of the others the number

export default function Projector(props: { session: LessonSession }) {
  const t = strings.value;
  const { session } = props;
  const state = session.state.value;
  const room = useMemo(() => new ClassRoom(session), [session]);
  const { stage } = useStage(session, true, true);
  const shows = useMemo(() => new URLSearchParams(location.search), []);
  const { hands, poll } = room.view.value;
  const result = useFreshResult(room);
  const asks = shows.get('poll') !== 'off' && (poll || result);
  const queue = shows.get('hands') !== 'off' && hands.length > 0;
  const speakerId = state.stage.camera ?? state.stage.voices.find((voice) => voice !== null) ?? null;
  const speaker =
    state.people.find((person) => person.id === speakerId) ?? state.people.find((person) => person.role === 'teacher');
  const rung = state.line?.rung;
  const still = {
    camera: session.still.value.camera && comesStill(rung, 'camera'),
    screen: session.still.value.screen && comesStill(rung, 'screen'),
  };

  if (state.lesson?.status === 'ended') return <Notice title={t.endedTitle} />;
  return (
    <main class={asks || queue ? 'projector beside' : 'projector'}>
      <h1 class="unseen">{state.lesson?.title}</h1>
      {state.lesson?.status === 'live' ? (
        <StageView
          name={speaker?.name ?? ''}
          camera={stage?.camera ?? null}
          screen={stage?.screen ?? null}
          showCamera={stage !== null && state.stage.camera !== null && speaker?.camera !== 'muted' && (still.camera || !comesStill(rung, 'camera'))}
          showScreen={stage !== null && state.stage.screen !== null && (still.screen || !comesStill(rung, 'screen'))}
          board={session.board}
          still={still}
          page={room.view.value.board.shown && <StudentsPage room={room} />}
          lost={state.link === 'lost'}
        />
      ) : (
        <div class="stage waiting">
          <p class="speaker" dir="auto">
            {state.lesson?.title ?? t.loading}
          </p>
          {state.lesson && <p>{t.waitingTitle}</p>}
        </div>
      )}
      {(asks || queue) && (
        <div class="beside-stage">
          {asks && <Question poll={poll ?? asks} />}
          {queue && <Hands hands={hands.map((hand) => hand.name)} />}
        </div>
      )}
    </main>
  );
}

// While it is open nobody is told what the others say.
function Question(props: { poll: RunningPoll & { closed?: Tally } }) {
  const t = texts.value;
  const { poll, tally, closed } = props.poll;
  const choices = choicesOf(poll, t.yes, t.no);
  const most = Math.max(1, ...(closed?.counts ?? []));
  return (
    <section aria-labelledby="asked">
      <h2 id="asked" dir="auto">
        {poll.question}
      </h2>
      <ol>
        {choices.map((choice, at) => (
          <li key={at}>
            <span dir="auto">{choice}</span>
            {closed && <span class="count">{closed.counts[at]}</span>}
            {closed && (
              <span class="bar-of" aria-hidden="true">
                <span style={{ width: `${(100 * (closed.counts[at] ?? 0)) / most}%` }} />
              </span>
            )}
          </li>
        ))}
      </ol>
      <p role="status">{t.answered((closed ?? tally)?.answered ?? 0)}</p>
    </section>
  );
}

function Hands(props: { hands: string[] }) {
  const t = texts.value;
  const others = props.hands.length - handsShown;
  return (
    <section aria-labelledby="hands-up">
      <h2 id="hands-up">{t.hands}</h2>
      <ol>
        {props.hands.slice(0, handsShown).map((name, at) => (
          <li key={at} dir="auto">
            {name}
          </li>
        ))}
      </ol>
      {others > 0 && <p>{lessonTexts.value.more(others)}</p>}
    </section>
  );
}

// What came of the question that was closed while this page looked on, for as long as it is news.
function useFreshResult(room: ClassRoom): (RunningPoll & { closed: Tally }) | null {
  const last = room.view.value.closed.at(-1);
  const open = room.view.value.poll?.poll.id;
  const [seen, setSeen] = useState<number | null>(null);
  const [fresh, setFresh] = useState(false);
  useEffect(() => {
    if (open !== undefined) setSeen(open);
  }, [open]);
  useEffect(() => {
    if (!last || last.poll.id !== seen) return;
    setFresh(true);
    const timer = setTimeout(() => setFresh(false), resultShownMs);
    return () => clearTimeout(timer);
  }, [last, seen]);
  return fresh && last && last.poll.id === seen ? { poll: last.poll, closed: last.tally } : null;
}
