import { useEffect, useRef, useState } from 'preact/hooks';
import type { StudentTab } from '../class/student';
import { isQuiet } from '../lesson/lesson-state';
import type { LessonSession } from '../lesson/session';
import { below, comesStill } from '../lesson/rungs';
import type { Inbound } from '../media/inbound';
import type { Stage } from '../media/subscriber';
import { locale, type Strings, strings } from '../strings';
import { DataChoice } from './data-choice';
import { useClassPart } from './class-part';
import { Header } from './header';
import './lesson.css';
import { type LessonTexts, lessonTexts } from './lesson-texts';
import type { Sound } from './listening';
import { useKeptPages, useOnceOrLater } from './part';
import { People } from './people';
import { StageView } from './stage';

const slidePatienceMs = 20_000; // for one that does not come

// A phone's screen stays on while the lesson runs, where the browser lets us ask.
function useWakeLock(): void {
  useEffect(() => {
    let lock: WakeLockSentinel | undefined;
    const ask = () => {
      if (document.visibilityState === 'visible')
        navigator.wakeLock?.request('screen').then((granted) => (lock = granted), () => undefined);
    };
    ask();
    document.addEventListener('visibilitychange', ask);
    return () => {
      document.removeEventListener('visibilitychange', ask);
      void lock?.release();
    };
  }, []);
}

function linkLine(t: Strings & LessonTexts, lost: boolean, anybody: boolean, inbound: Inbound | null, session: LessonSession): string {
  const { line } = session.state.value;
  if (lost && !inbound?.voice) return t.linkLost;
  if (!inbound) return t.linkConnecting;
  const stills = inbound.voice && below(line?.rung, session.state.value.stage.screen ? 'screen' : 'slow-pictures');
  const what = stills
    ? line?.rung === session.limited.value
      ? t.linkAsAsked
      : t.linkStills(line?.kilobits ?? 0)
    : inbound.picture
      ? t.linkGood
      : inbound.voice
        ? t.linkVoice
        : anybody
          ? t.linkConnecting
          : t.linkWaitingTeacher;
  const bytes = inbound.bytes + session.board.bytes;
  const megabytes = new Intl.NumberFormat(locale.value, { maximumFractionDigits: bytes < 1e7 ? 1 : 0 });
  const hour = inbound.perSecond > 0 ? ` ${t.perHour(Math.round((inbound.perSecond * 3600) / 1e6).toString())}` : '';
  return `${what} ${t.soFar(megabytes.format(bytes / 1e6))}${hour}`;
}

// What is in the ear already when the room around it comes.
export interface RoomProps {
  session: LessonSession;
  stage: Stage | null;
  inbound: Inbound | null;
  sound: Sound;
  hurry: boolean; // the line is quick: the class may come beside the voice
}

export default function StudentRoom(props: RoomProps) {
  const t = { ...strings.value, ...lessonTexts.value };
  const { session, stage, inbound, sound } = props;
  const { muted, setMuted } = sound;
  const state = session.state.value;
  const [peopleOpen, setPeopleOpen] = useState(false);
  const [tab, setTab] = useState<StudentTab>('people');
  const room = useRef<HTMLDivElement>(null);
  const full = useFullScreen(room);
  useWakeLock();
  // A thin line carries the slide first.
  const shown = session.still.value.camera || session.still.value.screen || !!inbound?.picture;
  const slideFirst = useOnceOrLater(shown || isQuiet(state.lesson), slidePatienceMs);
  const part = useClassPart(session, props.hurry || slideFirst);
  useKeptPages(part !== null);
  const panel = {
    tab,
    open: peopleOpen,
    show: (next: StudentTab) => {
      setTab(next);
      setPeopleOpen(true);
    },
    close: () => setPeopleOpen(false),
  };

  const speakerId = state.stage.camera ?? state.stage.voices.find((voice) => voice !== null) ?? null;
  const speaker =
    state.people.find((person) => person.id === speakerId) ?? state.people.find((person) => person.role === 'teacher');
  const live = state.lesson?.status === 'live';
  const lost = state.link === 'lost' && !inbound?.voice;
  const shared = state.stage.screen !== null;
  const rung = state.line?.rung;
  const still = {
    camera: session.still.value.camera && comesStill(rung, 'camera'),
    screen: session.still.value.screen && comesStill(rung, 'screen'),
  };
  // Without a frame yet, and none to come: her name, not a black square.
  const faceComes = still.camera || !comesStill(rung, 'camera');
  const screenComes = still.screen || !comesStill(rung, 'screen');

  return (
    <div class={peopleOpen ? 'room with-panel' : 'room'} ref={room}>
      <Header
        title={state.lesson?.title}
        by={[state.lesson?.class_title, speaker?.name]}
        live={live && !lost}
      />
      <main class="lesson">
        <h1 class="unseen">{state.lesson?.title}</h1>
        {live ? (
          <StageView
            name={speaker?.name ?? ''}
            camera={stage?.camera ?? null}
            screen={stage?.screen ?? null}
            showCamera={stage !== null && state.stage.camera !== null && speaker?.camera !== 'muted' && faceComes}
            showScreen={stage !== null && shared && screenComes}
            board={session.board}
            still={still}
            page={part?.room.view.value.board.shown && <part.StudentsPage room={part.room} />}
            lost={lost}
            under={part && <part.FloorStrip room={part.room} />}
          >
            {sound.blocked && (
              <button class="primary over" type="button" onClick={sound.unblock}>
                {t.soundBlocked}
              </button>
            )}
            {part && <part.Reactions room={part.room} />}
            {part && <part.Speakers room={part.room} stage={stage} />}
          </StageView>
        ) : (
          <div class="stage waiting">
            <p class="speaker">{state.lesson ? t.waitingTitle : t.loading}</p>
            {state.lesson && <p>{t.waitingHint}</p>}
          </div>
        )}
        <p class="link-line" role="status">
          {live || state.link === 'lost'
            ? linkLine(t, state.link === 'lost', state.stage.voices.some((voice) => voice !== null), inbound, session)
            : ' '}
        </p>
        <div class="class-place">
          {part ? (
            <part.StudentBar room={part.room} panel={panel} live={live} page={{ sound: () => setMuted(!muted), ...(full.possible ? { full: full.toggle } : {}) }} />
          ) : (
            <button class="people-toggle" type="button" aria-expanded={peopleOpen} onClick={() => setPeopleOpen(!peopleOpen)}>
              {t.people} {state.count}
            </button>
          )}
        </div>
        <div class="bar" role="group" aria-label={t.controls}>
          <button type="button" aria-pressed={muted} onClick={() => setMuted(!muted)}>
            {muted ? t.unmute : t.mute}
          </button>
          <label class="volume">
            <span>{t.volume}</span>
            <input
              type="range"
              min="0"
              max="1"
              step="0.05"
              value={sound.volume}
              onInput={(event) => {
                sound.setVolume(Number(event.currentTarget.value));
                setMuted(false);
              }}
            />
          </label>
          <DataChoice session={session} bytes={(inbound?.bytes ?? 0) + session.board.bytes} />
          {full.possible && (
            <button type="button" aria-pressed={full.on} onClick={full.toggle}>
              {full.on ? t.leaveFullScreen : t.fullScreen}
            </button>
          )}
        </div>
      </main>
      <aside class={peopleOpen ? 'open' : ''}>
        {part ? (
          <part.StudentPanel room={part.room} panel={panel} />
        ) : (
          <People people={state.people} count={state.count} you={state.you} closed={panel.close} />
        )}
      </aside>
    </div>
  );
}

function useFullScreen(room: { current: HTMLElement | null }): { possible: boolean; on: boolean; toggle: () => void } {
  const [on, setOn] = useState(false);
  useEffect(() => {
    const changed = () => setOn(document.fullscreenElement !== null);
    document.addEventListener('fullscreenchange', changed);
    return () => document.removeEventListener('fullscreenchange', changed);
  }, []);
  return {
    possible: document.fullscreenEnabled,
    on,
    toggle: () => void (on ? document.exitFullscreen() : room.current?.requestFullscreen())?.catch(() => undefined),
  };
}
