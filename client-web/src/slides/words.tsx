// What is written on the slide, for whoever does not see it, or wants to copy it; asked for when it is wanted.
import { useEffect, useState } from 'preact/hooks';
import type { ClassRoom } from '../class/room';
import { inkKey, whiteDeck } from '../class/board';
import { pagesFor } from './page';
import { slideTexts } from './texts';

export function SlideText(props: { room: ClassRoom }) {
  const t = slideTexts.value;
  const { shown } = props.room.view.value.board;
  const [open, setOpen] = useState(false);
  const [read, setRead] = useState<{ page: string; text: string } | null>(null);
  const page = shown && shown.deck !== whiteDeck ? inkKey(shown) : null;
  useEffect(() => {
    if (!open || !shown || !page) return;
    let gone = false;
    pagesFor(props.room)
      .text(shown)
      .then((text) => gone || setRead({ page, text }), () => undefined);
    return () => {
      gone = true;
    };
  }, [open, page]);
  if (!page) return null;
  return (
    <details class="slide-text" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t.readText}</summary>
      <p dir="auto">{read?.page === page && (read.text || t.noText)}</p>
    </details>
  );
}
