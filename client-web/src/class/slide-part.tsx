// The slides' part of a page, loaded when something is shown (a teacher's: when she opens it); one pen for all of it.
import { signal, type Signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { loadUntilThere } from '../views/part';
import { whiteDeck } from './board';
import { texts } from './texts';
import type { ClassRoom } from './room';

type StudentPart = typeof import('../slides/student');
type TeacherPart = typeof import('../slides/teacher');
type WithPen<Part extends { Pen: new (teaches: boolean) => unknown }> = Part & { pen: InstanceType<StudentPart['Pen']> };

const againMs = 5000;
const students = new WeakMap<ClassRoom, Signal<WithPen<StudentPart> | null>>();
const teachers = new WeakMap<ClassRoom, Signal<WithPen<TeacherPart> | null>>();

function partOf<Part>(parts: WeakMap<ClassRoom, Signal<Part | null>>, room: ClassRoom): Signal<Part | null> {
  const part = parts.get(room) ?? signal<Part | null>(null);
  parts.set(room, part);
  return part;
}

function usePart<Part>(part: Signal<Part | null>, wanted: boolean, load: () => Promise<Part>): Part | null {
  useEffect(() => {
    if (!wanted || part.value) return;
    return loadUntilThere(load, (loaded) => (part.value ??= loaded), againMs);
  }, [wanted]);
  return wanted ? part.value : null;
}

function useStudentPart(room: ClassRoom): WithPen<StudentPart> | null {
  const wanted = room.view.value.board.shown !== null;
  return usePart(partOf(students, room), wanted, () => import('../slides/student').then((part) => ({ ...part, pen: new part.Pen(false) })));
}

function useTeacherPart(room: ClassRoom, wanted: boolean): WithPen<TeacherPart> | null {
  return usePart(partOf(teachers, room), wanted, () => import('../slides/teacher').then((part) => ({ ...part, pen: new part.Pen(true) })));
}

// On the stage.
export function StudentsPage(props: { room: ClassRoom }) {
  const part = useStudentPart(props.room);
  return part && <part.SlidePage room={props.room} pen={part.pen} />;
}
export function TeachersPage(props: { room: ClassRoom }) {
  const part = useTeacherPart(props.room, props.room.view.value.board.shown !== null);
  return part && <part.SlidePage room={props.room} pen={part.pen} />;
}

// Under it.
export function StudentsSlideTools(props: { room: ClassRoom }) {
  const part = useStudentPart(props.room);
  const { shown } = props.room.view.value.board;
  if (!part) return shown && shown.deck !== whiteDeck && <div class="slide-text-place" />;
  return (
    <>
      <part.SlideBar room={props.room} pen={part.pen} />
      <part.SlideText room={props.room} />
    </>
  );
}
export function TeachersSlideTools(props: { room: ClassRoom }) {
  const part = useTeacherPart(props.room, props.room.view.value.board.shown !== null);
  return part && <part.SlideBar room={props.room} pen={part.pen} />;
}

// In the teacher's panel.
export function Decks(props: { room: ClassRoom }) {
  const part = useTeacherPart(props.room, true);
  return part ? <part.DeckPanel room={props.room} pen={part.pen} /> : <p class="note">{texts.value.slidesLoad}</p>;
}
