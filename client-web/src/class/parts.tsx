// What the class's parts share: tabs, a wish with its refusal, the sentence for the ear.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Note } from './announcer';
import type { ClassRoom, Refusal, Wish } from './room';
import { type Texts, texts } from './texts';

export function refusalText(t: Texts, refusal: Refusal): string {
  if (refusal.code === 'chat-too-fast') return t.tooFast(refusal.seconds ?? 1);
  return t.faults[refusal.code] ?? t.failed;
}

export interface Asking {
  busy: boolean; // something is not answered yet
  asked: (kind: Wish['kind']) => boolean; // one of these
  fault: string;
  ask: (wish: Wish) => Promise<boolean>;
}

// Asks the class, and keeps why the last wish was refused until the next.
export function useWish(room: ClassRoom): Asking {
  const [open, setOpen] = useState<Wish[]>([]);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  return {
    busy: open.length > 0,
    asked: (kind) => open.some((wish) => wish.kind === kind),
    fault: refusal ? refusalText(texts.value, refusal) : '',
    ask: async (wish) => {
      setOpen((wishes) => [...wishes, wish]);
      const why = await room.ask(wish);
      setRefusal(why);
      setOpen((wishes) => wishes.filter((one) => one !== wish));
      return why === null;
    },
  };
}

export function Fault(props: { text: string }) {
  return (
    <p class="fault" role="alert">
      {props.text}
    </p>
  );
}

export interface Tab<Id extends string> {
  id: Id;
  text: string;
  badge?: number;
}

// ARIA tabs: arrows move, the chosen one alone is in the order of Tab.
export function Tabs<Id extends string>(props: {
  tabs: Tab<Id>[];
  chosen: Id;
  choose: (id: Id) => void;
  close: () => void;
  children: ComponentChildren;
}) {
  const t = texts.value;
  const list = useRef<HTMLDivElement>(null);
  const step = (event: KeyboardEvent) => {
    const onward = document.documentElement.dir === 'rtl' ? -1 : 1;
    const by = { ArrowRight: onward, ArrowDown: 1, ArrowLeft: -onward, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const at = props.tabs.findIndex((tab) => tab.id === props.chosen);
    const next = props.tabs[(at + by + props.tabs.length) % props.tabs.length];
    if (!next) return;
    props.choose(next.id);
    list.current?.querySelector<HTMLElement>(`#tab-${next.id}`)?.focus();
  };
  return (
    <div class="panel">
      <div class="panel-head">
        <div class="panel-tabs" role="tablist" aria-label={t.panel} ref={list} onKeyDown={step}>
          {props.tabs.map((tab) => (
            <button
              key={tab.id}
              id={`tab-${tab.id}`}
              type="button"
              role="tab"
              aria-selected={tab.id === props.chosen}
              aria-controls="tab-panel"
              tabIndex={tab.id === props.chosen ? 0 : -1}
              onClick={() => props.choose(tab.id)}
            >
              {tab.text}
              {!!tab.badge && <span class="badge">{tab.badge}</span>}
            </button>
          ))}
        </div>
        <button class="plain panel-close" type="button" onClick={props.close}>
          {t.close}
        </button>
      </div>
      <div class="panel-body" id="tab-panel" role="tabpanel" aria-labelledby={`tab-${props.chosen}`}>
        {props.children}
      </div>
    </div>
  );
}

// A number of lines that came since I did, and while they were not looked at; also those that came before this part of
// the page.
export function useUnread(room: ClassRoom, looking: boolean): number {
  const last = room.view.value.chat.at(-1)?.seq ?? 0;
  const [seen, setSeen] = useState<number | null>(null);
  useEffect(() => {
    if (looking) setSeen(last);
  }, [looking, last]);
  return looking ? 0 : room.unread(seen);
}

export function Announcement(props: { room: ClassRoom }) {
  const t = texts.value;
  const note = props.room.note.value;
  return (
    <p class="unseen" role="status">
      {note && sentence(t, note)}
    </p>
  );
}

function sentence(t: Texts, note: Note): string {
  const parts: string[] = [];
  if (note.floor) parts.push(note.floor.mine ? t.floorYours : t.floorOf(note.floor.name));
  if (note.over) parts.push(t.floorOver);
  if (note.silenced !== null) parts.push(note.silenced ? t.silenced : t.silenceLifted);
  if (note.answered) parts.push(t.pollOver);
  if (note.question) parts.push(t.asked(note.question));
  if (note.hands.length > 0) parts.push(t.raised(note.hands.join(', ')));
  if (note.waiting > 0) parts.push(t.knocked(note.waiting));
  if (note.lines === 1 && note.last) parts.push(`${t.newLine(note.last.name)}: ${note.last.text}`);
  if (note.lines > 1) parts.push(t.newLines(note.lines));
  return parts.join(' ');
}
