// The teacher's slides: files, how far they are, their pages small, and white pages.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, call } from '../api/http';
import type { Deck } from '../api/server-messages.gen';
import { whiteDeck } from '../class/board';
import type { ClassRoom } from '../class/room';
import { showPage } from './look';
import { pagesFor } from './page';
import type { Pen } from './pen';
import './slides.css';
import { faultText, slideTexts } from './texts';
import { upload } from './upload';

export function DeckPanel(props: { room: ClassRoom; pen: Pen }) {
  const { room, pen } = props;
  const t = slideTexts.value;
  const { board } = room.view.value;
  const { lesson, token } = room.session.visitor;
  const file = useRef<HTMLInputElement>(null);
  const [sending, setSending] = useState<{ title: string; percent: number } | null>(null);
  const [fault, setFault] = useState('');
  const show = (deck: string, page: number) =>
    void showPage(room, pen, { deck, page }).then((refusal) => setFault(refusal ? faultText(refusal.code) : ''));
  const failed = (cause: unknown) => setFault(faultText(cause instanceof ApiError ? cause.code : ''));

  const send = async (chosen: File) => {
    const title = chosen.name.replace(/\.[^.]*$/, '').slice(0, 120);
    setFault('');
    setSending({ title, percent: 0 });
    try {
      await upload(token, lesson, chosen, title, (percent) => setSending({ title, percent }));
    } catch (cause) {
      failed(cause);
    }
    setSending(null);
  };
  const remove = (deck: Deck) =>
    void call(token, `/api/v1/lessons/${lesson}/slides/${deck.id}`, { method: 'DELETE' }).then(() => setFault(''), failed);

  const save = (deck: string, title: string) =>
    void call(token, `/api/v1/lessons/${lesson}/slides/${deck}/export`)
      .then((response) => response.blob())
      .then((blob) => download(blob, `${title}.pdf`))
      .then(() => setFault(''), failed);

  return (
    <section class="decks" aria-label={t.slides}>
      <div class="bar">
        <button class="primary" type="button" aria-disabled={sending !== null} onClick={() => sending ?? file.current?.click()}>
          {t.add}
        </button>
        <button type="button" onClick={() => show(whiteDeck, Math.max(1, board.whitePages))}>
          {t.white}
        </button>
      </div>
      {board.whitePages > 0 && (
        <button class="plain" type="button" onClick={() => save(whiteDeck, t.white)}>
          {t.saveWhite}
        </button>
      )}
      <input
        ref={file}
        type="file"
        hidden
        accept=".pdf,.pptx,.ppt,.odp,.docx,.odt,application/pdf"
        aria-label={t.add}
        onChange={(event) => {
          const chosen = event.currentTarget.files?.[0];
          event.currentTarget.value = '';
          if (chosen) void send(chosen);
        }}
      />
      <p class="note" role="status">
        {sending && t.uploading(sending.title, sending.percent)}
      </p>
      <p class="fault" role="alert">
        {fault}
      </p>
      {board.decks.length === 0 && <p class="note">{t.noDecks}</p>}
      <ul>
        {board.decks.map((deck) => (
          <li key={deck.id}>
            <span class="name" dir="auto">
              {deck.title}
            </span>
            <DeckStanding deck={deck} />
            <div class="bar">
              {deck.state !== 'failed' && deck.done > 0 && (
                <button type="button" aria-label={t.showDeck(deck.title)} onClick={() => show(deck.id, 1)}>
                  {t.show}
                </button>
              )}
              {deck.state === 'ready' && (
                <button type="button" aria-label={t.saveDeck(deck.title)} onClick={() => save(deck.id, deck.title)}>
                  {t.save}
                </button>
              )}
              <button class="plain" type="button" aria-label={t.removeDeck(deck.title)} onClick={() => remove(deck)}>
                {t.remove}
              </button>
            </div>
            {board.shown?.deck === deck.id && <Thumbnails room={room} deck={deck} at={board.shown.page} show={(page) => show(deck.id, page)} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function download(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000); // the browser has begun by then
}

function DeckStanding(props: { deck: Deck }) {
  const t = slideTexts.value;
  const { deck } = props;
  if (deck.state === 'ready') return <span class="note">{t.pages(deck.pages)}</span>;
  if (deck.state === 'failed') return <span class="fault">{t.failedBecause(faultText(deck.reason ?? ''))}</span>;
  return (
    <>
      <span class="note">{t.converting(deck.done, deck.pages)}</span>
      <progress max={deck.pages || 1} value={deck.done} aria-label={deck.title} />
    </>
  );
}

// Loaded when they are looked at, one after the other. The page that is shown is in sight, among hundreds.
function Thumbnails(props: { room: ClassRoom; deck: Deck; at: number; show: (page: number) => void }) {
  const t = slideTexts.value;
  const { room, deck, at, show } = props;
  const [open, setOpen] = useState(false);
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    const item = list.current?.children[at - 1] as HTMLElement | undefined;
    if (!open || !list.current || !item) return;
    const { scrollTop, clientHeight } = list.current;
    const inSight = item.offsetTop >= scrollTop && item.offsetTop + item.offsetHeight <= scrollTop + clientHeight;
    if (!inSight) list.current.scrollTop = item.offsetTop - (clientHeight - item.offsetHeight) / 2;
  }, [open, at]);
  return (
    <details class="thumbnails" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t.thumbnails}</summary>
      <ol ref={list}>
        {Array.from({ length: deck.done }, (_, index) => index + 1).map((page) => (
          <li key={page}>
            <button
              type="button"
              aria-label={t.slideOf(page, deck.pages)}
              aria-current={page === at ? 'page' : undefined}
              onClick={() => show(page)}
            >
              <Thumbnail room={room} deck={deck.id} page={page} />
              {page}
            </button>
          </li>
        ))}
      </ol>
    </details>
  );
}

function Thumbnail(props: { room: ClassRoom; deck: string; page: number }) {
  const place = useRef<HTMLSpanElement>(null);
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    let gone = false;
    const observer = new IntersectionObserver(([seen]) => {
      if (!seen?.isIntersecting) return;
      observer.disconnect();
      void pagesFor(props.room)
        .small(props)
        .then((small) => gone || setUrl(small), () => undefined);
    });
    observer.observe(element);
    return () => {
      gone = true;
      observer.disconnect();
    };
  }, [props.deck, props.page]);
  return (
    <span class="thumbnail" ref={place}>
      {url && <img src={url} alt="" />}
    </span>
  );
}
