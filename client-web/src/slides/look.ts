// A teacher looks at a part of the page, and her class with her.
import type { Shown } from '../api/server-messages.gen';
import type { ClassRoom, Refusal } from '../class/room';
import type { Pen } from './pen';
import { faultText } from './texts';
import { isWhole, type View } from './zoom';

// What was still to be told of the page before would turn back to it.
export function showPage(room: ClassRoom, pen: Pen, place?: { deck: string; page: number }): Promise<Refusal | null> {
  pen.looking.forget();
  return room.ask({ kind: 'show_page', ...place });
}

const settleMs = 200; // the event comes right behind its acceptance

export function lookAt(room: ClassRoom, pen: Pen, shown: Shown, view: View): void {
  const { deck, page } = shown;
  pen.looking.look(view, (part) => {
    void room.ask({ kind: 'show_page', deck, page, ...(isWhole(part) ? {} : { view: part }) }).then((refusal) => {
      pen.fault.value = refusal ? faultText(refusal.code) : '';
      if (refusal) pen.looking.forget();
      else setTimeout(() => pen.looking.settled(part), settleMs);
    });
  });
}
