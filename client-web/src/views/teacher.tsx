import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ApiError, runLesson } from '../api/http';
import { Commands } from '../class/command-keys';
import type { PageActions } from '../class/commands';
import { ClassRoom } from '../class/room';
import { Speakers } from '../class/floor';
import { ClassLine, TeacherPanel, type TeacherTab } from '../class/teacher';
import { TeachersPage, TeachersSlideTools } from '../class/slide-part';
import { texts } from '../class/texts';
import type { LessonSession } from '../lesson/session';
import { type Captured, capture, captureScreen, type Choice, type Refusal, remember, rememberedChoice } from '../media/devices';
import { AudioMeter } from '../media/level';
import './lesson.css';
import { GreenRoom } from './green-room';
import { Header } from './header';
import { Invite } from './invite';
import { Notice } from './notice';
import { useStage, useVoices } from './listening';
import { usePublishing } from './publishing';
import Report from './report';
import { StageView } from './stage';
import { type Kind, Unplugged, useUnplugged } from './unplugged';
import { type TeachersTexts, teachersTexts } from './teaching-texts';

export function refusalText(t: TeachersTexts, refusal: Refusal): string {
  switch (refusal) {
    case 'not-allowed':
      return t.deviceNotAllowed;
    case 'not-found':
      return t.deviceNotFound;
    case 'in-use':
      return t.deviceInUse;
    case 'not-supported':
      return t.deviceNotSupported;
  }
}

export function faultText(t: TeachersTexts, fault: unknown): string {
  if (fault instanceof ApiError) return fault.code === 'network' ? t.noServer : fault.message;
  return t.noServer;
}

function stop(stream: MediaStream | null): void {
  stream?.getTracks().forEach((track) => track.stop());
}

// Remembers for this tab that the teacher is in class, so that a reload brings her back to it.
function inClass(lesson: string): { read(): boolean; write(): void } {
  const key = `thranio.teaching.${lesson}`;
  return {
    read() {
      try {
        return sessionStorage.getItem(key) !== null;
      } catch {
        return false;
      }
    },
    write() {
      try {
        sessionStorage.setItem(key, '1');
      } catch {
        // Private browsing: a reload goes by the green room.
      }
    },
  };
}

// over: it was when she came.
export default function Teacher(props: { session: LessonSession; over?: boolean }) {
  const t = teachersTexts.value;
  const { session } = props;
  const state = session.state.value;
  const [choice, setChoice] = useState<Choice>(rememberedChoice);
  const [captured, setCaptured] = useState<Captured | null>(null);
  const room = useMemo(() => new ClassRoom(session), [session]);
  const [teaching, setTeaching] = useState(() => inClass(session.visitor.lesson).read());
  const stream = captured && 'stream' in captured ? captured.stream : null;

  useEffect(() => {
    let current = true;
    let opened: MediaStream | null = null;
    setCaptured(null);
    void capture(choice).then((result) => {
      if ('stream' in result) opened = result.stream;
      if (!current) return stop(opened);
      setCaptured(result);
    });
    return () => {
      current = false;
      stop(opened);
    };
  }, [choice]);

  const choose = (next: Choice) => {
    remember(next);
    setChoice(next);
  };
  const begin = async () => {
    if (state.lesson?.status === 'scheduled') await runLesson(session.visitor.token, session.visitor.lesson, 'start');
    inClass(session.visitor.lesson).write();
    setTeaching(true);
  };

  if (props.over || state.lesson?.status === 'ended')
    return (
      <>
        <Header title={state.lesson?.title} />
        <main class="page">
          <Report heading={t.endedTitle} token={session.visitor.token} lesson={session.visitor.lesson} />
        </main>
      </>
    );
  if (state.lesson?.status === 'cancelled')
    return (
      <>
        <Header title={state.lesson.title} by={[state.lesson.class_title]} />
        <Notice title={t.cancelledTitle} text={t.endedHint} />
      </>
    );
  if (!state.lesson)
    return (
      <>
        <Header />
        <Notice title={state.link === 'lost' ? t.linkLost : t.loading} />
      </>
    );
  if (teaching && stream) return <InClass session={session} room={room} stream={stream} choice={choice} />;
  return <GreenRoom session={session} room={room} choice={choice} choose={choose} captured={captured} begin={begin} />;
}

// Her class in her ear, from when somebody may speak in it.
function useClassVoices(session: LessonSession, room: ClassRoom) {
  const { floor, settings } = room.view.value;
  const may = floor.length > 0 || settings.speak_freely;
  const [wanted, setWanted] = useState(false);
  useEffect(() => {
    if (may) setWanted(true);
  }, [may]);
  const { stage } = useStage(session, wanted);
  const sound = useVoices(stage);
  const meters = useRef<AudioMeter | null>(null);
  useEffect(() => {
    if (!stage) return;
    const meter = new AudioMeter(stage.voices);
    meters.current = meter;
    return () => {
      meters.current = null;
      meter.close();
    };
  }, [stage]);
  return { stage, ...sound, levels: (slot: number) => meters.current?.level(slot) ?? 0 };
}

function InClass(props: { session: LessonSession; room: ClassRoom; stream: MediaStream; choice: Choice }) {
  const t = teachersTexts.value;
  const { session, room } = props;
  const state = session.state.value;
  const [stream, setStream] = useState(props.stream);
  const [microphone, setMicrophone] = useState<'on' | 'muted' | 'none'>(stream.getAudioTracks().length > 0 ? 'on' : 'none');
  const [camera, setCamera] = useState<'on' | 'muted' | 'none'>(stream.getVideoTracks().length > 0 ? 'on' : 'none');
  const [screen, setScreen] = useState<MediaStream | null>(null);
  const [fault, setFault] = useState('');
  const [peopleOpen, setPeopleOpen] = useState(false);
  const [tab, setTab] = useState<TeacherTab>('people');
  const [gone, setGone] = useState<Kind | null>(null);
  const ask = useRef<HTMLDialogElement>(null);
  const face = usePublishing(session, 'camera', stream);
  const share = usePublishing(session, 'screen', screen);
  const class_ = useClassVoices(session, room);
  // What the class sees is drawn from a stream of its own: the published one keeps its tracks.
  const preview = useMemo(() => new MediaStream(stream.getVideoTracks()), [stream, camera]);
  const { link, you } = state;

  useEffect(() => {
    if (link === 'open') session.tellDevices(gone === 'audio' ? 'missing' : microphone, camera);
  }, [link, you, state.instance, microphone, camera, gone]);
  useEffect(() => () => stop(screen), [screen]);
  useEffect(() => () => stop(stream), [stream]);

  const toggleMicrophone = () => {
    const track = stream.getAudioTracks()[0];
    if (!track) return;
    track.enabled = microphone !== 'on';
    setMicrophone(track.enabled ? 'on' : 'muted');
  };
  const toggleCamera = async () => {
    const track = stream.getVideoTracks()[0];
    const sender = face.sender('video');
    if (track) {
      // Off is off: the lamp goes out, and nothing is sent.
      await sender?.replaceTrack(null);
      track.stop();
      stream.removeTrack(track);
      setCamera('muted');
      return;
    }
    const opened = await capture({ camera: props.choice.camera ?? '', microphone: null });
    if ('refusal' in opened) return setFault(refusalText(t, opened.refusal));
    const fresh = opened.stream.getVideoTracks()[0];
    if (!fresh) return;
    setFault('');
    setCamera('on');
    if (sender) {
      stream.addTrack(fresh);
      await sender.replaceTrack(fresh);
    } else {
      setStream(new MediaStream([...stream.getAudioTracks(), fresh])); // a session that had no picture so far
    }
  };
  // Her voice goes on from another device, on the session that there is.
  useUnplugged(stream.getTracks(), (kind) => {
    stream.getTracks().filter((track) => track.kind === kind).forEach((track) => stream.removeTrack(track));
    if (kind === 'audio') setMicrophone('none');
    else setCamera('none');
    setGone((before) => (before === 'audio' ? before : kind)); // the voice comes first
  });
  const replace = async (kind: Kind, device: string) => {
    const opened = await capture(kind === 'audio' ? { camera: null, microphone: device } : { camera: device, microphone: null });
    if ('refusal' in opened) return setFault(refusalText(t, opened.refusal));
    const fresh = opened.stream.getTracks()[0];
    if (!fresh) return;
    setFault('');
    setGone(kind === 'audio' && camera === 'none' && props.choice.camera !== null ? 'video' : null);
    const sender = face.sender(kind);
    if (sender) {
      stream.addTrack(fresh);
      await sender.replaceTrack(fresh);
    } else setStream(new MediaStream([...stream.getTracks(), fresh]));
    if (kind === 'audio') setMicrophone('on');
    else setCamera('on');
  };
  const toggleScreen = async () => {
    if (screen) return setScreen(null);
    const opened = await captureScreen();
    if ('refusal' in opened) return setFault(opened.refusal === 'not-allowed' ? t.shareRefused : refusalText(t, opened.refusal));
    setFault('');
    // The browser's own "stop sharing".
    opened.stream.getVideoTracks()[0]?.addEventListener('ended', () => setScreen(null));
    setScreen(opened.stream);
  };
  const end = async () => {
    ask.current?.close();
    try {
      await runLesson(session.visitor.token, session.visitor.lesson, 'end');
    } catch (cause) {
      setFault(t.endFailed + faultText(t, cause));
    }
  };

  // The same link in a window of its own, to be moved to the other screen; where the browser keeps it, she is told how.
  const showOnProjector = () => {
    const { origin, pathname, hash } = location;
    if (!open(`${origin}${pathname}?view=projector${hash}`, 'thranio-projector', 'popup,width=1280,height=720')) setFault(texts.value.projectorKept);
  };
  const canShare = 'getDisplayMedia' in (navigator.mediaDevices ?? {});
  const page: PageActions = {
    ...(microphone === 'none' ? {} : { mute: toggleMicrophone }),
    camera: () => void toggleCamera(),
    ...(canShare ? { share: () => void toggleScreen() } : {}),
    end: () => ask.current?.showModal(),
    projector: showOnProjector,
  };

  const taken = face.taken || share.taken;
  const lost = link === 'lost' && !face.connected;
  const status = lost
    ? t.linkLost
    : !face.connected
      ? t.publishing
      : microphone !== 'on'
        ? t.muted
        : camera === 'on'
          ? t.heard
          : t.heardOnly;

  return (
    <div class={peopleOpen ? 'room with-panel' : 'room'}>
      <Header title={state.lesson?.title} by={[state.lesson?.class_title]} live={state.lesson?.status === 'live' && !lost} />
      <main class="lesson">
        <h1 class="unseen">{state.lesson?.title}</h1>
        <StageView
          name={session.me.value?.name ?? ''}
          camera={preview}
          screen={screen}
          showCamera={camera === 'on'}
          showScreen={screen !== null}
          mirrored={screen === null}
          page={room.view.value.board.shown && <TeachersPage room={room} />}
          lost={lost}
        >
          {taken && (
            <div class="over card" role="alertdialog" aria-labelledby="taken">
              <p id="taken">{t.takenTitle}</p>
              <button class="primary" type="button" onClick={face.taken ? face.takeOver : share.takeOver}>
                {t.takeOver}
              </button>
            </div>
          )}
          {class_.blocked && (
            <button class="primary over" type="button" onClick={class_.unblock}>
              {texts.value.hearClass}
            </button>
          )}
          <Speakers room={room} stage={class_.stage} />
        </StageView>
        <div class="status-row">
          <p class="link-line" role="status">
            {fault || (taken ? t.takenTitle : status)}
          </p>
          <ClassLine room={room} />
        </div>
        {gone && <Unplugged kind={gone} use={(device) => void replace(gone, device)} />}
        <TeachersSlideTools room={room} />
        <div class="bar" role="group" aria-label={t.controls}>
          {microphone !== 'none' && (
            <button type="button" aria-pressed={microphone === 'muted'} onClick={toggleMicrophone}>
              {microphone === 'on' ? t.microphoneMute : t.microphoneOff}
            </button>
          )}
          <button type="button" aria-pressed={camera !== 'on'} onClick={() => void toggleCamera()}>
            {camera === 'on' ? t.cameraOff : t.cameraOn}
          </button>
          {canShare && (
            <button type="button" aria-pressed={screen !== null} onClick={() => void toggleScreen()}>
              {screen ? t.stopSharing : t.shareScreen}
            </button>
          )}
          <button class="desktop-only" type="button" onClick={showOnProjector}>
            {texts.value.projector}
          </button>
          <Invite session={session} failed={setFault} />
          {(['people', 'chat', 'poll', 'slides'] as const).map((one) => (
            <button
              key={one}
              class="people-toggle"
              type="button"
              aria-expanded={peopleOpen && tab === one}
              onClick={() => {
                setPeopleOpen(!peopleOpen || tab !== one);
                setTab(one);
              }}
            >
              {texts.value[one]} {one === 'people' && state.count}
            </button>
          ))}
          <Commands room={room} teaches live={state.lesson?.status === 'live'} page={page} />
          <button class="danger" type="button" onClick={() => ask.current?.showModal()}>
            {t.endLesson}
          </button>
        </div>
      </main>
      <aside class={peopleOpen ? 'open' : ''}>
        <TeacherPanel room={room} tab={tab} levels={class_.levels} show={setTab} close={() => setPeopleOpen(false)} />
      </aside>
      <dialog ref={ask} aria-labelledby="end-ask">
        <p id="end-ask">{t.endAsk}</p>
        <div class="bar">
          <button type="button" onClick={() => ask.current?.close()}>
            {t.cancel}
          </button>
          <button class="danger" type="button" onClick={() => void end()}>
            {t.endYes}
          </button>
        </div>
      </dialog>
    </div>
  );
}
