// A student speaks: the strip along the stage's lower edge, and who speaks beside the teacher.
import { useEffect, useRef, useState } from 'preact/hooks';
import { comesStill } from '../lesson/rungs';
import type { Stage } from '../media/subscriber';
import { Still } from '../views/stage';
import { Fault } from './parts';
import type { ClassRoom } from './room';
import { type Talker, useTalker } from './talker';
import { type Texts, texts } from './texts';

function sentence(t: Texts, talker: Talker): string {
  if (talker.microphone === 'asking') return t.micAsking;
  if (talker.microphone === 'refused') return t.micRefused;
  if (talker.microphone === 'missing') return t.micMissing;
  if (talker.silenced) return t.silenced;
  if (talker.microphone === 'off') return talker.may === 'floor' ? t.floorYours : '';
  if (!talker.talking) return talker.hold ? t.holdHint : t.micIsOff;
  return { heard: t.micHeard, waits: t.micWaits, connecting: t.micConnecting, no: '' }[talker.heard];
}

// Nothing below it moves when it comes: the pictures give it its place.
export function FloorStrip(props: { room: ClassRoom }) {
  const t = texts.value;
  const { room } = props;
  const talker = useTalker(room);
  const [fault, setFault] = useState('');
  const on = talker.microphone === 'on';
  useHeldSpace(on && talker.hold && !talker.silenced, talker.talk);
  useEffect(() => setFault(''), [talker.may]);
  if (talker.may === 'no') return null;
  const idle = talker.may === 'free' && talker.microphone === 'off' && !talker.silenced;
  const again = talker.microphone === 'refused' || talker.microphone === 'missing';
  const show = async (picture: boolean) => setFault((await talker.show(picture)) ? '' : t.picFailed);
  return (
    <div class={`floor-strip ${idle ? 'idle' : 'card'} ${talker.heard}`} role="group" aria-label={t.mic}>
      {!idle && (
        <p class="floor-state">
          <span class="lamp" aria-hidden="true" />
          {sentence(t, talker)}
        </p>
      )}
      <div class="bar">
        {!on && (
          <button class="primary" type="button" aria-disabled={talker.microphone === 'asking' || talker.silenced} onClick={() => !talker.silenced && void talker.switchOn()}>
            {again ? t.micAgain : idle ? t.mic : t.micOn}
          </button>
        )}
        {on && talker.hold && <HoldButton talker={talker} />}
        {on && !talker.hold && (
          <button
            class={talker.talking ? '' : 'primary'}
            type="button"
            aria-disabled={talker.silenced}
            onClick={() => {
              // Who speaks freely leaves the stage with it; whose floor it is keeps her place.
              if (talker.talking && talker.may === 'free') talker.switchOff();
              else if (!talker.silenced) talker.talk(!talker.talking);
            }}
          >
            {talker.talking ? t.micOff : t.micOn}
          </button>
        )}
        {on && (
          <button type="button" aria-pressed={talker.hold} onClick={() => talker.setHold(!talker.hold)}>
            {t.holdMode}
          </button>
        )}
        {on && talker.mayShow && (
          <button type="button" aria-pressed={talker.shows} onClick={() => void show(!talker.shows)}>
            {talker.shows ? t.picOff : t.picOn}
          </button>
        )}
        {talker.may === 'floor' && (
          <button type="button" onClick={() => room.me && void room.ask({ kind: 'end_floor', person: room.me })}>
            {t.giveBack}
          </button>
        )}
      </div>
      {fault && <Fault text={fault} />}
    </div>
  );
}

function HoldButton(props: { talker: Talker }) {
  const t = texts.value;
  const { talker } = props;
  const held = (on: boolean) => () => !talker.silenced && talker.talk(on);
  return (
    <button
      class="primary hold"
      type="button"
      aria-pressed={talker.talking}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        held(true)();
      }}
      onPointerUp={held(false)}
      onPointerCancel={held(false)}
      onContextMenu={(event) => event.preventDefault()}
      onKeyDown={(event) => (event.key === 'Enter' ? held(true)() : undefined)}
      onKeyUp={(event) => (event.key === 'Enter' ? held(false)() : undefined)}
      onBlur={held(false)}
    >
      {t.holdNow}
    </button>
  );
}

const typed = 'input, textarea, select, [contenteditable], button:not(.hold), a, summary';

// The space bar, unless it belongs to what has the focus.
function useHeldSpace(active: boolean, talk: (on: boolean) => void): void {
  const latest = useRef(talk);
  latest.current = talk;
  useEffect(() => {
    if (!active) return;
    const down = (event: KeyboardEvent) => {
      if (event.key !== ' ' || (event.target instanceof Element && event.target.closest(typed))) return;
      event.preventDefault();
      if (!event.repeat) latest.current(true);
    };
    const up = (event: KeyboardEvent) => {
      if (event.key === ' ') latest.current(false);
    };
    const away = () => latest.current(false);
    addEventListener('keydown', down);
    addEventListener('keyup', up);
    addEventListener('blur', away);
    return () => {
      removeEventListener('keydown', down);
      removeEventListener('keyup', up);
      removeEventListener('blur', away);
    };
  }, [active]);
}

// Who speaks beside the teacher, and the picture of one of them.
export function Speakers(props: { room: ClassRoom; stage: Stage | null }) {
  const t = texts.value;
  const { people, stage, you } = props.room.session.state.value;
  const nameOf = (id: string | null) => people.find((person) => person.id === id && person.role !== 'teacher' && id !== you)?.name;
  const names = stage.voices.slice(1).map(nameOf).filter((name) => name !== undefined);
  const shown = stage.floor !== you ? nameOf(stage.floor) : undefined;
  const { session } = props.room;
  const still = comesStill(session.state.value.line?.rung, 'floor');
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (!video.current || !props.stage) return;
    video.current.srcObject = props.stage.floor;
    void video.current.play().catch(() => undefined);
  }, [props.stage, shown, still]);
  return (
    <div class="speakers">
      {names.length > 0 && <p dir="auto">{t.speaking(names.join(', '))}</p>}
      {shown && still && <Still slot="floor" board={session.board} shown={session.still.value.floor} label={t.picOf(shown)} />}
      {shown && props.stage && !still && <video ref={video} class="floor-picture" aria-label={t.picOf(shown)} autoPlay playsInline muted />}
    </div>
  );
}
