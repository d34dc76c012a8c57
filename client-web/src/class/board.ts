// Pure reducer: what is said of slides and white pages → what is shown and drawn. A page's ink is whole once the server
// has told it from its beginning; what comes before that is kept, and told again.
import type { ClassState, Deck, ServerMessage, Shown, Stroke } from '../api/server-messages.gen';

export interface PageInk {
  strokes: Stroke[];
  whole: boolean;
}

export interface BoardView {
  shown: Shown | null;
  whitePages: number;
  decks: Deck[]; // a teacher's
  ink: Record<string, PageInk>; // by inkKey
  pointer: [number, number] | null; // in 4095ths of the page
}

export const emptyBoard: BoardView = { shown: null, whitePages: 0, decks: [], ink: {}, pointer: null };
export const whiteDeck = 'board';
const noInk: PageInk = { strokes: [], whole: false };

export interface Place {
  deck: string;
  page: number;
}

export function inkKey(place: Place): string {
  return `${place.deck}/${place.page}`;
}

export function toldBoard(state: ClassState): BoardView {
  return { ...emptyBoard, shown: state.shown, whitePages: state.white_pages ?? 0, decks: state.decks ?? [] };
}

export function reduceBoard(board: BoardView, message: ServerMessage): BoardView {
  switch (message.kind) {
    case 'page': {
      const { shown } = message;
      const whitePages = shown?.deck === whiteDeck ? Math.max(board.whitePages, shown.page) : board.whitePages;
      const same = shown && board.shown && inkKey(shown) === inkKey(board.shown);
      return { ...board, shown, whitePages, pointer: same ? board.pointer : null };
    }
    case 'stroke':
      return withInk(board, message, (ink) => ({ ...ink, strokes: [...ink.strokes, message.stroke] }));
    case 'stroke_back':
      return withInk(board, message, (ink) => ({ ...ink, strokes: ink.strokes.filter((one) => one.id !== message.stroke) }));
    case 'page_cleared':
      return withInk(board, message, (ink) => ({ ...ink, strokes: [] }));
    case 'ink':
      return withInk(board, message, (ink) => {
        if (message.first) return { strokes: message.strokes, whole: !message.more };
        // Strokes that were drawn while the pieces came are there already.
        const told = new Set(message.strokes.map((one) => one.id));
        const strokes = [...ink.strokes.filter((one) => !told.has(one.id)), ...message.strokes];
        return { strokes: strokes.sort((a, b) => a.id - b.id), whole: !message.more };
      });
    case 'pointer':
      return { ...board, pointer: message.place ? [message.place[0], message.place[1]] : null };
    case 'decks':
      return { ...board, decks: message.decks };
    default:
      return board;
  }
}

function withInk(board: BoardView, place: Place, change: (ink: PageInk) => PageInk): BoardView {
  const key = inkKey(place);
  return { ...board, ink: { ...board.ink, [key]: change(board.ink[key] ?? noInk) } };
}
