// All of slides that a teacher's page needs, in one part that is loaded when it is wanted.
export { SlideBar } from './bar';
export { DeckPanel } from './decks';
export { SlidePage } from './page';
export { Pen } from './pen';
