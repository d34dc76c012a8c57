// The student's part of the class: a row of three things under the stage, and the panel beside it.
import { useEffect, useState } from 'preact/hooks';
import { People } from '../views/people';
import { Chat } from './chat';
import { Commands } from './command-keys';
import type { PageActions } from './commands';
import './class.css';
import { FloorStrip, Speakers } from './floor';
import { Announcement, Fault, Tabs, useUnread, useWish } from './parts';
import { PollOfStudent, usePollCall } from './poll';
import { StudentsPage, StudentsSlideTools } from './slide-part';
import { ClassRoom } from './room';
import { texts } from './texts';

export type StudentTab = 'people' | 'chat' | 'poll';
const reactions = ['yes', 'no', 'clap', 'heart', 'laugh'] as const;
const shownMs = 3000;

export { ClassRoom, FloorStrip, Speakers, StudentsPage };

export interface PanelState {
  tab: StudentTab;
  open: boolean; // on a phone: the sheet
  show: (tab: StudentTab) => void;
  close: () => void;
}

export function StudentBar(props: { room: ClassRoom; panel: PanelState; live: boolean; page: PageActions }) {
  const t = texts.value;
  const { room, panel } = props;
  const { hands, mySignal, mySignalUntil } = room.view.value;
  const { asked, fault, ask } = useWish(room);
  const [choosing, setChoosing] = useState(false);
  const up = hands.some((hand) => hand.person === room.me);
  const unread = useUnread(room, panel.tab === 'chat' && (panel.open || !matchMedia('(max-width: 820px), (max-height: 480px)').matches));
  const called = usePollCall(room, () => panel.show('poll'));
  const signal = useUntil(mySignalUntil) ? mySignal : 'none';
  // A phone has room for one of them: a question that comes must not lie under the reactions.
  useEffect(() => {
    if (panel.open) setChoosing(false);
  }, [panel.open, panel.tab]);
  useEffect(() => {
    if (!choosing) return;
    const pressed = (event: KeyboardEvent) => {
      if (event.key === 'Escape') setChoosing(false);
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, [choosing]);
  const toggle = (tab: StudentTab) => (panel.open && panel.tab === tab ? panel.close() : panel.show(tab));
  return (
    <div class="class-bar">
      {props.live && <StudentsSlideTools room={room} />}
      <div class="bar" role="group" aria-label={t.panel}>
        <button
          class="hand"
          type="button"
          aria-pressed={up}
          aria-busy={asked('hand')}
          aria-disabled={!props.live}
          onClick={() => void ask({ kind: 'hand', raised: !up })}
        >
          {up ? t.lower : t.raise}
        </button>
        <button type="button" aria-expanded={choosing} aria-controls="react" onClick={() => setChoosing(!choosing)}>
          {t.react}
        </button>
        <button class="phone-only" type="button" aria-expanded={panel.open && panel.tab === 'chat'} onClick={() => toggle('chat')}>
          {t.chat}
          {unread > 0 && <span class="badge">{unread}</span>}
        </button>
        <button class="phone-only" type="button" aria-expanded={panel.open && panel.tab === 'poll'} onClick={() => toggle('poll')}>
          {t.poll}
          {called && <span class="badge">1</span>}
        </button>
        <button class="phone-only" type="button" aria-expanded={panel.open && panel.tab === 'people'} onClick={() => toggle('people')}>
          {t.people} {room.session.state.value.count}
        </button>
        <Commands room={room} teaches={false} live={props.live} page={props.page} />
      </div>
      {choosing && (
        <div id="react" class="react card" role="group" aria-label={t.react}>
          <div class="bar">
            {reactions.map((reaction) => (
              <button
                key={reaction}
                type="button"
                onClick={() => {
                  setChoosing(false);
                  void ask({ kind: 'reaction', reaction });
                }}
              >
                {t.reactions[reaction]}
              </button>
            ))}
          </div>
          <div class="bar">
            {(['slower', 'i-am-lost'] as const).map((one) => (
              <button
                key={one}
                type="button"
                aria-pressed={signal === one}
                onClick={() => void ask({ kind: 'signal', signal: signal === one ? 'none' : one })}
              >
                {one === 'slower' ? t.slower : t.lost}
              </button>
            ))}
          </div>
        </div>
      )}
      {room.session.me.value?.name_taken && <p class="note">{t.yourNameTaken}</p>}
      {asked('hand') && room.isLost && <p class="note">{t.sendsLater}</p>}
      {fault && <Fault text={fault} />}
      <Announcement room={room} />
    </div>
  );
}

export function StudentPanel(props: { room: ClassRoom; panel: PanelState }) {
  const t = texts.value;
  const { room, panel } = props;
  const { people, count, you } = room.session.state.value;
  const { poll } = room.view.value;
  const unread = useUnread(room, panel.tab === 'chat');
  return (
    <Tabs
      tabs={[
        { id: 'people', text: t.people },
        { id: 'chat', text: t.chat, badge: unread },
        { id: 'poll', text: t.poll, badge: poll && !poll.mine ? 1 : 0 },
      ]}
      chosen={panel.tab}
      choose={panel.show}
      close={panel.close}
    >
      {panel.tab === 'people' && <People people={people} count={count} you={you} />}
      {panel.tab === 'chat' && <Chat room={room} teaches={false} />}
      {panel.tab === 'poll' && <PollOfStudent room={room} />}
    </Tabs>
  );
}

// What the class reacted just now, over the stage's corner; for the eye alone.
export function Reactions(props: { room: ClassRoom }) {
  const t = texts.value;
  const { counts, turn } = props.room.view.value.reactions;
  const [shown, setShown] = useState(0);
  useEffect(() => {
    setShown(turn);
    const timer = setTimeout(() => setShown(0), shownMs);
    return () => clearTimeout(timer);
  }, [turn]);
  if (shown === 0) return null;
  return (
    <p class="reactions" aria-hidden="true">
      {reactions.map((reaction) => counts[reaction] && <span key={reaction}>{`${t.reactions[reaction]} ${counts[reaction]}`}</span>)}
    </p>
  );
}

// Whether this time is still to come.
function useUntil(time: number): boolean {
  const [, again] = useState(0);
  const left = time - Date.now();
  useEffect(() => {
    if (left <= 0) return;
    const timer = setTimeout(() => again((turn) => turn + 1), left + 50);
    return () => clearTimeout(timer);
  }, [time]);
  return left > 0;
}
