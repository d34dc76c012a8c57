import { useEffect, useState } from 'preact/hooks';
import type { LessonSession } from '../lesson/session';
import { type Captured, type Choice, listDevices } from '../media/devices';
import { watchLevel } from '../media/level';
import './green-room.css';
import { texts } from './green-room-texts';
import { Header } from './header';
import { StageView } from './stage';
import { faultText, refusalText } from './teacher';
import { teachersTexts } from './teaching-texts';

const noDevice = '-';

interface Props {
  session: LessonSession;
  choice: Choice;
  choose: (choice: Choice) => void;
  captured: Captured | null;
  begin: () => Promise<void>;
}

// Before the lesson: how the class will see and hear the teacher, and who is waiting.
export function GreenRoom(props: Props) {
  const t = { ...teachersTexts.value, ...texts.value };
  const { session, choice, captured } = props;
  const state = session.state.value;
  const [cameras, setCameras] = useState<MediaDeviceInfo[]>([]);
  const [microphones, setMicrophones] = useState<MediaDeviceInfo[]>([]);
  const [level, setLevel] = useState(0);
  const [heard, setHeard] = useState(false);
  const [fault, setFault] = useState('');
  const [starting, setStarting] = useState(false);
  const stream = captured && 'stream' in captured ? captured.stream : null;

  useEffect(() => {
    const list = () => {
      void listDevices('videoinput').then(setCameras);
      void listDevices('audioinput').then(setMicrophones);
    };
    list(); // with names, once the browser has allowed the devices
    navigator.mediaDevices?.addEventListener('devicechange', list);
    return () => navigator.mediaDevices?.removeEventListener('devicechange', list);
  }, [captured]);
  useEffect(() => {
    setHeard(false);
    if (!stream || stream.getAudioTracks().length === 0) return;
    return watchLevel(stream, (now) => {
      setLevel(now);
      if (now > 0.1) setHeard(true);
    });
  }, [stream]);

  const waiting = state.people.filter((person) => person.role !== 'teacher').length;
  const scheduled = state.lesson?.status === 'scheduled';
  const begin = async () => {
    setStarting(true);
    try {
      await props.begin();
    } catch (cause) {
      setFault(t.failed + faultText(t, cause));
      setStarting(false);
    }
  };

  return (
    <>
      <Header title={state.lesson?.title} by={state.lesson?.class_title} live={!scheduled} />
      <main class="green-room">
        <h1>{t.greenRoom}</h1>
        <div class="preview">
          <StageView
            name={session.me.value?.name ?? ''}
            camera={stream}
            screen={null}
            showCamera={stream !== null && stream.getVideoTracks().length > 0}
            showScreen={false}
            mirrored
          />
          <p class="hint">{t.preview}</p>
        </div>
        <div class="choices">
          <label>
            {t.camera}
            <select
              value={choice.camera ?? noDevice}
              onChange={(event) => {
                const { value } = event.currentTarget;
                props.choose({ ...choice, camera: value === noDevice ? null : value });
              }}
            >
              <option value="">{t.defaultDevice}</option>
              {cameras.map((device) => (
                <option key={device.deviceId} value={device.deviceId}>
                  {device.label || t.camera}
                </option>
              ))}
              <option value={noDevice}>{t.noCamera}</option>
            </select>
          </label>
          <label>
            {t.microphone}
            <select
              value={choice.microphone ?? ''}
              onChange={(event) => props.choose({ ...choice, microphone: event.currentTarget.value })}
            >
              <option value="">{t.defaultDevice}</option>
              {microphones.map((device) => (
                <option key={device.deviceId} value={device.deviceId}>
                  {device.label || t.microphone}
                </option>
              ))}
            </select>
          </label>
          <div class="meter" role="meter" aria-label={t.level} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(level * 100)}>
            <span style={{ transform: `scaleX(${level})` }} />
          </div>
          {captured && 'refusal' in captured ? (
            <div class="fault" role="alert">
              <p>{refusalText(t, captured.refusal)}</p>
              <div class="bar">
                <button type="button" onClick={() => props.choose({ ...choice })}>
                  {t.tryAgain}
                </button>
                {choice.camera !== null && (
                  <button type="button" onClick={() => props.choose({ ...choice, camera: null })}>
                    {t.withoutCamera}
                  </button>
                )}
              </div>
            </div>
          ) : (
            <p role="status">{heard ? t.hearYou : t.saySomething}</p>
          )}
          {scheduled && <p>{t.waitingPeople(waiting)}</p>}
          {fault && (
            <p class="fault" role="alert">
              {fault}
            </p>
          )}
          <button class="primary" type="button" disabled={!stream || starting} onClick={() => void begin()}>
            {scheduled ? t.startLesson : t.joinAgain}
          </button>
        </div>
      </main>
    </>
  );
}
