// All of slides that a student's page needs, in one part that is loaded when something is shown.
export { SlideBar } from './bar';
export { SlidePage } from './page';
export { Pen } from './pen';
export { SlideText } from './words';
