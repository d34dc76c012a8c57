// The teacher's hold on who speaks: who has the floor, who is heard and how loudly, and the rule for all.
import { useEffect, useState } from 'preact/hooks';
import { Fault, useWish } from './parts';
import type { ClassRoom } from './room';
import { speakersOf } from './speakers';
import { texts } from './texts';

// How loud a voice of the stage is, 0 … 1.
export type Levels = (slot: number) => number;
const lookMs = 250;

export function Voices(props: { room: ClassRoom; levels: Levels }) {
  const t = texts.value;
  const { room } = props;
  const speakers = speakersOf(room);
  const { settings, camerasRule } = room.view.value;
  const { fault, ask } = useWish(room);
  // What she ticked stands there at once, until the server has it or has refused it.
  const [wanted, setWanted] = useState<boolean | null>(null);
  useEffect(() => setWanted(null), [settings]);
  const free = (on: boolean) => {
    setWanted(on);
    void ask({ kind: 'class_settings', speak_freely: on }).then((done) => done || setWanted(null));
  };
  return (
    <section class="voices" aria-labelledby="voices-title">
      <div class="voices-head">
        <h2 id="voices-title">{t.voices}</h2>
        <button type="button" aria-disabled={speakers.length === 0} onClick={() => speakers.length > 0 && void ask({ kind: 'mute', muted: true })}>
          {t.silenceAll}
        </button>
      </div>
      {speakers.length === 0 && <p class="note">{t.noVoices}</p>}
      <ul>
        {speakers.map((one) => (
          <li key={one.person} class={one.state}>
            <span class="name" dir="auto">
              {one.name}
            </span>
            <span class="note">{t.voiceStates[one.state]}</span>
            <Loudness shown={one.state === 'heard'} level={() => props.levels(one.slot)} />
            <div class="bar">
              {one.state === 'silenced' ? (
                <button type="button" aria-label={t.unsilenceOf(one.name)} onClick={() => void ask({ kind: 'mute', person: one.person, muted: false })}>
                  {t.unsilence}
                </button>
              ) : (
                <button type="button" aria-label={t.silenceOf(one.name)} onClick={() => void ask({ kind: 'mute', person: one.person, muted: true })}>
                  {t.silence}
                </button>
              )}
              {one.hasFloor && camerasRule === 'allowed' && (
                <button
                  type="button"
                  aria-pressed={one.camera}
                  aria-label={t.withPictureOf(one.name)}
                  onClick={() => void ask({ kind: 'give_floor', person: one.person, camera: !one.camera })}
                >
                  {t.withPicture}
                </button>
              )}
              {one.hasFloor && (
                <button type="button" aria-label={t.takeFloorOf(one.name)} onClick={() => void ask({ kind: 'end_floor', person: one.person })}>
                  {t.takeFloor}
                </button>
              )}
            </div>
          </li>
        ))}
      </ul>
      {camerasRule === 'off' && <p class="note">{t.faults['cameras-off']}</p>}
      <label class="check">
        <input type="checkbox" checked={wanted ?? settings.speak_freely} onChange={(event) => free(event.currentTarget.checked)} />
        <span>
          {t.speakFreely}
          <br />
          <span class="note">{t.speakFreelyHint}</span>
        </span>
      </label>
      <Fault text={fault} />
    </section>
  );
}

// For the eye alone: the words beside it say who is heard.
function Loudness(props: { shown: boolean; level: () => number }) {
  const [level, setLevel] = useState(0);
  useEffect(() => {
    if (!props.shown) return setLevel(0);
    const timer = setInterval(() => setLevel(props.level()), lookMs);
    return () => clearInterval(timer);
  }, [props.shown]);
  return (
    <span class="loudness" aria-hidden="true">
      <span style={{ inlineSize: `${Math.round(level * 100)}%` }} />
    </span>
  );
}
