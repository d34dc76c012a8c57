import { useEffect, useState } from 'preact/hooks';
import type { ClassRoom } from '../class/room';
import { AtDoor } from '../class/teacher';
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
  room: ClassRoom;
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
      <Header title={state.lesson?.title} by={[state.lesson?.class_title]} live={!scheduled} />
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
        <WhoIsHere session={session} room={props.room} />
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

const mostNamed = 12;

// Who has come already, and who stands at the door: live, so that she knows when to begin.
function WhoIsHere(props: { session: LessonSession; room: ClassRoom }) {
  const t = texts.value;
  const { people, count, lesson } = props.session.state.value;
  const { waiting } = props.room.view.value;
  const came = people.filter((person) => person.role !== 'teacher');
  const number = came.length + count - people.length;
  const scheduled = lesson?.status === 'scheduled';
  return (
    <section class="who-is-here" aria-labelledby="who-is-here">
      <h2 id="who-is-here">{scheduled ? t.hereAlready : t.inLesson}</h2>
      <p role="status">
        {scheduled ? t.waitingPeople(number) : t.peopleInside(number)} {waiting.count > 0 && t.atTheDoor(waiting.count)}
      </p>
      {came.length > 0 && (
        <ul class="names">
          {came.slice(0, mostNamed).map((person) => (
            <li key={person.id} dir="auto">
              {person.name}
            </li>
          ))}
          {number > mostNamed && <li>{t.andMore(number - mostNamed)}</li>}
        </ul>
      )}
      <AtDoor room={props.room} />
    </section>
  );
}
