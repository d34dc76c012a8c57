// The teacher's part of the class: hands first, then people, chat, questions, and the rules of the room.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ClassSettings, Person } from '../api/server-messages.gen';
import { People } from '../views/people';
import { Chat } from './chat';
import './class.css';
import { Announcement, Fault, Tabs, useUnread, useWish } from './parts';
import { PollOfTeacher } from './poll';
import type { ClassRoom } from './room';
import { Decks } from './slide-part';
import { texts } from './texts';
import { type Levels, Voices } from './voices';

export type TeacherTab = 'people' | 'chat' | 'poll' | 'slides' | 'rules';
const paces = [0, 10, 30, 60, 300];

export function TeacherPanel(props: {
  room: ClassRoom;
  tab: TeacherTab;
  levels: Levels;
  show: (tab: TeacherTab) => void;
  close: () => void;
}) {
  const t = texts.value;
  const { room, tab } = props;
  const { hands, poll, waiting } = room.view.value;
  return (
    <>
      <Tabs
        tabs={[
          { id: 'people', text: t.people, badge: hands.length + waiting.count },
          { id: 'chat', text: t.chat, badge: useUnread(room, tab === 'chat') },
          { id: 'poll', text: t.poll, badge: poll?.tally?.answered ?? 0 },
          { id: 'slides', text: t.slides },
          { id: 'rules', text: t.rules },
        ]}
        chosen={tab}
        choose={props.show}
        close={props.close}
      >
        {tab === 'people' && <Crowd room={room} levels={props.levels} />}
        {tab === 'chat' && <Chat room={room} teaches />}
        {tab === 'poll' && <PollOfTeacher room={room} />}
        {tab === 'slides' && <Decks room={room} />}
        {tab === 'rules' && <Rules room={room} />}
      </Tabs>
      <Announcement room={room} />
    </>
  );
}

// How many hands wait, and who is lost: beside how she is heard.
export function ClassLine(props: { room: ClassRoom }) {
  const t = texts.value;
  const { hands, signals, waiting } = props.room.view.value;
  const parts = [
    waiting.count > 0 ? t.atDoor(waiting.count) : '',
    hands.length > 0 ? t.handsUp(hands.length) : '',
    signals.slower > 0 ? t.slowerSum(signals.slower) : '',
    signals.lost > 0 ? t.lostSum(signals.lost) : '',
  ].filter(Boolean);
  return <p class="class-line">{parts.join(' · ')}</p>;
}

function Crowd(props: { room: ClassRoom; levels: Levels }) {
  const { room } = props;
  const t = texts.value;
  const { people, count, you } = room.session.state.value;
  const { floor } = room.view.value;
  const { fault, ask } = useWish(room);
  const [leaving, setLeaving] = useState<Person | null>(null);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (leaving) dialog.current?.showModal();
  }, [leaving]);
  const close = () => {
    dialog.current?.close();
    setLeaving(null);
  };
  return (
    <>
      <AtDoor room={room} />
      <Hands room={room} />
      <Voices room={room} levels={props.levels} />
      <Fault text={fault} />
      <People
        people={people}
        count={count}
        you={you}
        note={(person) => (person.name_taken ? t.nameTaken : '')}
        action={(person) =>
          person.role !== 'teacher' && (
            <span class="person-acts">
              {!floor.some((one) => one.person === person.id) && (
                <button class="plain" type="button" aria-label={t.giveFloorTo(person.name)} onClick={() => void ask({ kind: 'give_floor', person: person.id })}>
                  {t.giveFloor}
                </button>
              )}
              <button class="plain show-out" type="button" aria-label={t.showOutOf(person.name)} onClick={() => setLeaving(person)}>
                {t.showOut}
              </button>
            </span>
          )
        }
      />
      <dialog ref={dialog} aria-labelledby="show-out-ask" onClose={() => setLeaving(null)}>
        <p id="show-out-ask">{leaving && t.showOutAsk(leaving.name)}</p>
        <div class="bar">
          <button type="button" onClick={close}>
            {t.cancel}
          </button>
          <button
            class="danger"
            type="button"
            onClick={() => {
              if (leaving) void ask({ kind: 'remove', person: leaving.id });
              close();
            }}
          >
            {t.showOutYes}
          </button>
        </div>
      </dialog>
    </>
  );
}

// Who waits to be admitted, those who have waited longest first.
export function AtDoor(props: { room: ClassRoom }) {
  const t = texts.value;
  const { room } = props;
  const { waiting, ahead } = room.view.value;
  const { fault, ask } = useWish(room);
  const now = useSeconds(waiting.count > 0);
  if (waiting.count === 0) return null;
  return (
    <section class="hands at-door" aria-labelledby="door-title">
      <h2 id="door-title">{t.door}</h2>
      <ol>
        {waiting.people.map((person) => (
          <li key={person.id}>
            <span class="name" dir="auto">
              {person.name}
            </span>
            <span class="note">
              {[person.role === 'guest' ? t.guest : '', person.name_taken ? t.nameTaken : '', t.waits(minutes(now + ahead - Date.parse(person.since)))]
                .filter(Boolean)
                .join(' · ')}
            </span>
            <span class="choice-of-two">
              <button type="button" aria-label={t.admitOf(person.name)} onClick={() => void ask({ kind: 'admit', person: person.id })}>
                {t.admit}
              </button>
              <button class="plain" type="button" aria-label={t.turnAwayOf(person.name)} onClick={() => void ask({ kind: 'turn_away', person: person.id })}>
                {t.turnAway}
              </button>
            </span>
          </li>
        ))}
      </ol>
      {waiting.count > waiting.people.length && <p class="note">{t.moreAtDoor(waiting.count - waiting.people.length)}</p>}
      {waiting.count > 1 && (
        <button class="primary" type="button" onClick={() => void ask({ kind: 'admit' })}>
          {t.admitAll(waiting.count)}
        </button>
      )}
      <Fault text={fault} />
    </section>
  );
}

// The time, every second while it is wanted.
function useSeconds(wanted: boolean): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!wanted) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [wanted]);
  return now;
}

function Hands(props: { room: ClassRoom }) {
  const t = texts.value;
  const { room } = props;
  const { hands, ahead } = room.view.value;
  const { fault, ask } = useWish(room);
  const now = useSeconds(hands.length > 0);
  return (
    <section class="hands" aria-labelledby="hands-title">
      <h2 id="hands-title">{t.hands}</h2>
      {hands.length === 0 && <p class="note">{t.noHands}</p>}
      <ol>
        {hands.map((hand) => (
          <li key={hand.person}>
            <span class="name" dir="auto">
              {hand.name}
            </span>
            <span class="note">{t.waits(minutes(now + ahead - Date.parse(hand.at)))}</span>
            <button
              class="primary"
              type="button"
              aria-label={t.giveFloorTo(hand.name)}
              onClick={() => void ask({ kind: 'give_floor', person: hand.person })}
            >
              {t.giveFloor}
            </button>
            <button type="button" aria-label={t.lowerOf(hand.name)} onClick={() => void ask({ kind: 'lower_hand', person: hand.person })}>
              {t.lowerIt}
            </button>
          </li>
        ))}
      </ol>
      <Fault text={fault} />
    </section>
  );
}

export function minutes(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function Rules(props: { room: ClassRoom }) {
  const t = texts.value;
  const { room } = props;
  const { settings: kept, privateRule } = room.view.value;
  const { fault, ask } = useWish(room);
  // What she chose stands there at once, until the server has it or has refused it.
  const [wanted, setWanted] = useState<Partial<ClassSettings>>({});
  useEffect(() => setWanted({}), [kept]);
  const settings = { ...kept, ...wanted };
  const set = (change: Partial<ClassSettings>) => {
    setWanted({ ...wanted, ...change });
    void ask({ kind: 'class_settings', ...change }).then((done) => done || setWanted({}));
  };
  const hint = { off: t.privateNever, supervised: t.privateRead, free: t.privateUnread }[privateRule];
  return (
    <section class="rules" aria-label={t.rules}>
      <label>
        <span>{t.chatTo}</span>
        <select value={settings.chat} onChange={(event) => set({ chat: event.currentTarget.value as ClassSettings['chat'] })}>
          {(['everybody', 'to_teacher', 'off'] as const).map((mode) => (
            <option key={mode} value={mode}>
              {t.modes[mode]}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>{t.pace}</span>
        <select value={settings.slow_seconds} onChange={(event) => set({ slow_seconds: Number(event.currentTarget.value) })}>
          {(paces.includes(settings.slow_seconds) ? paces : [...paces, settings.slow_seconds]).map((seconds) => (
            <option key={seconds} value={seconds}>
              {seconds === 0 ? t.paceNone : t.seconds(seconds)}
            </option>
          ))}
        </select>
      </label>
      <Check
        text={t.privateChat}
        hint={hint}
        checked={settings.private_chat}
        disabled={privateRule === 'off'}
        change={(on) => set({ private_chat: on })}
      />
      <label>
        <span>{t.lobby}</span>
        <select value={settings.lobby} onChange={(event) => set({ lobby: event.currentTarget.value as ClassSettings['lobby'] })}>
          {(['off', 'guests', 'everybody'] as const).map((who) => (
            <option key={who} value={who}>
              {t.lobbies[who]}
            </option>
          ))}
        </select>
      </label>
      <Check text={t.onlyEnrolled} hint={t.onlyEnrolledHint} checked={settings.only_enrolled} change={(on) => set({ only_enrolled: on })} />
      <Check text={t.lock} hint={t.lockHint} checked={settings.locked} change={(on) => set({ locked: on })} />
      <Fault text={fault} />
    </section>
  );
}

function Check(props: { text: string; hint: string; checked: boolean; disabled?: boolean; change: (on: boolean) => void }) {
  return (
    <label class="check">
      <input type="checkbox" checked={props.checked} disabled={props.disabled} onChange={(event) => props.change(event.currentTarget.checked)} />
      <span>
        {props.text}
        <br />
        <span class="note">{props.hint}</span>
      </span>
    </label>
  );
}
