// Under the page: turning it, and what is drawn with. A teacher's; of a student's only the drawing, while she may.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ClassRoom, Refusal, Wish } from '../class/room';
import { whiteDeck } from '../class/board';
import { keysAreOn } from '../class/command-keys';
import { keyed } from './hand';
import { lookAt, showPage } from './look';
import type { Held, Pen } from './pen';
import { faultText, slideTexts } from './texts';
import { isWhole, moved, scaleOf, stepped, type View, wholePage, zooms } from './zoom';

const teachersTools: Held[] = ['none', 'pointer', 'pen', 'highlighter', 'text', 'line', 'arrow', 'rectangle', 'ellipse'];
const studentsTools: Held[] = ['none', 'pen', 'highlighter', 'text', 'line', 'arrow', 'rectangle', 'ellipse'];
const mostWhitePages = 50;

export function SlideBar(props: { room: ClassRoom; pen: Pen }) {
  const { room, pen } = props;
  const t = slideTexts.value;
  const { board, settings } = room.view.value;
  const { shown } = board;
  const group = useRef<HTMLDivElement>(null);
  const tell = (refusal: Refusal | null) => (pen.fault.value = refusal ? faultText(refusal.code) : '');
  const ask = (wish: Wish) => void room.ask(wish).then(tell);
  const show = (place?: { deck: string; page: number }) => void showPage(room, pen, place).then(tell);
  const last = shown?.deck === whiteDeck ? Math.min(mostWhitePages, board.whitePages + 1) : (shown?.pages ?? 0);
  const turn = (page: number) => {
    if (shown && page >= 1 && page <= last && page !== shown.page) show({ deck: shown.deck, page });
  };
  const view: View = pen.looking.wanted.value ?? shown?.view ?? wholePage;
  const look = (next: View) => shown && next.join() !== view.join() && lookAt(room, pen, shown, next);
  useKeys(
    pen.teaches && shown !== null,
    (by) => shown && turn(shown.page + by),
    (what) => {
      if (what === 'whole') look(wholePage);
      else if (what === 'larger' || what === 'smaller') look(stepped(view, what === 'larger' ? 1 : -1));
      else look(moved(view, what[0] * view[2], what[1] * view[3]));
    },
  );
  if (!shown || (!pen.teaches && !settings.drawing)) return null;
  const place = { deck: shown.deck, page: shown.page };
  const pages = shown.deck === whiteDeck ? board.whitePages : shown.pages;
  const draws = pen.tool.value !== 'none' && pen.tool.value !== 'pointer';
  return (
    <div class="slide-bar" role="group" aria-label={t.bar} ref={group}>
      {pen.teaches && (
        <div class="bar">
          <button type="button" aria-disabled={shown.page <= 1} onClick={() => turn(shown.page - 1)}>
            {t.back}
          </button>
          <PageNumber page={shown.page} pages={pages} turn={turn} />
          <button type="button" aria-disabled={shown.page >= last} onClick={() => turn(shown.page + 1)}>
            {t.next}
          </button>
          <button type="button" aria-disabled={scaleOf(view) >= zooms.at(-1)! * 0.95} onClick={() => look(stepped(view, 1))}>
            {t.larger}
          </button>
          <button type="button" aria-disabled={isWhole(view)} onClick={() => look(stepped(view, -1))}>
            {t.smaller}
          </button>
          <button type="button" aria-disabled={isWhole(view)} onClick={() => look(wholePage)}>
            {t.whole}
          </button>
          <button class="danger" type="button" onClick={() => show()}>
            {t.hide}
          </button>
        </div>
      )}
      <div class="bar">
        <label>
          <span class="unseen">{t.tool}</span>
          <select value={pen.tool.value} onChange={(event) => (pen.tool.value = event.currentTarget.value as Held)}>
            {(pen.teaches ? teachersTools : studentsTools).map((tool) => (
              <option key={tool} value={tool}>
                {t.tools[tool]}
              </option>
            ))}
          </select>
        </label>
        {draws && (
          <>
            <label>
              <span class="unseen">{t.colour}</span>
              <select value={pen.colour.value} onChange={(event) => (pen.colour.value = Number(event.currentTarget.value))}>
                {t.colours.map((colour, at) => (
                  <option key={colour} value={at}>
                    {colour}
                  </option>
                ))}
              </select>
            </label>
            <label>
              <span class="unseen">{t.thickness}</span>
              <select value={pen.thick.value} onChange={(event) => (pen.thick.value = Number(event.currentTarget.value))}>
                {Object.entries(t.thicknesses).map(([thick, name]) => (
                  <option key={thick} value={thick}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
          </>
        )}
        <button type="button" onClick={() => ask({ kind: 'undo', ...place })}>
          {t.undo}
        </button>
        {pen.teaches && (
          <>
            <button type="button" onClick={() => ask({ kind: 'clear_page', ...place })}>
              {t.clear}
            </button>
            <button type="button" aria-pressed={settings.drawing} onClick={() => ask({ kind: 'class_settings', drawing: !settings.drawing })}>
              {t.studentsDraw}
            </button>
          </>
        )}
      </div>
      {!pen.teaches && <p class="note">{t.youMayDraw}</p>}
      <p class="fault" role="alert">
        {pen.fault.value}
      </p>
    </div>
  );
}

// What is typed stays until the page is turned or the field is left, whatever the class says meanwhile.
function PageNumber(props: { page: number; pages: number; turn: (page: number) => void }) {
  const [typed, setTyped] = useState<{ on: number; number: string } | null>(null);
  const keep = (number: string) => setTyped({ on: props.page, number });
  return (
    <label class="slide-number">
      <span class="unseen">{slideTexts.value.page}</span>
      <input
        type="number"
        inputMode="numeric"
        min={1}
        max={props.pages}
        value={typed?.on === props.page ? typed.number : props.page}
        onInput={(event) => keep(event.currentTarget.value)}
        onChange={({ currentTarget: { value } }) => {
          const page = value ? Math.min(props.pages, Math.max(1, Math.round(Number(value)))) : props.page;
          keep(String(page));
          props.turn(page);
        }}
        onBlur={() => setTyped(null)}
      />
      <span aria-hidden="true">/ {props.pages}</span>
    </label>
  );
}

// Arrows and page keys turn, wherever the focus is, but where they mean something already; so do those of looking closer.
function useKeys(on: boolean, turn: (by: number) => void, look: (what: NonNullable<ReturnType<typeof keyed>>) => void): void {
  const latest = useRef({ turn, look });
  latest.current = { turn, look };
  useEffect(() => {
    if (!on) return;
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || (event.target instanceof Element && event.target.closest('input, textarea, select, dialog, [role=tab], [role=tablist]'))) return;
      const closer = keyed(event, keysAreOn());
      const by = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 }[event.key];
      if (closer) latest.current.look(closer);
      else if (by && !event.ctrlKey && !event.altKey && !event.metaKey && !event.shiftKey) latest.current.turn(by);
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, [on]);
}
