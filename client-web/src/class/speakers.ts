// Who speaks, or may, as the teacher sees it. No DOM.
import type { Person } from '../api/server-messages.gen';
import type { ClassRoom } from './room';

export interface Speaker {
  person: string;
  name: string;
  hasFloor: boolean;
  camera: boolean;
  slot: number; // of the stage; -1: not on it
  state: 'heard' | 'waits' | 'off' | 'silenced' | 'refused' | 'missing';
}

// Whoever has the floor, in order of giving; then those who speak freely, in order of joining.
export function speakersOf(room: ClassRoom): Speaker[] {
  const { people, stage } = room.session.state.value;
  const { floor, muted } = room.view.value;
  const one = (person: string, name: string, known: Person | undefined): Speaker => {
    const on = floor.find((each) => each.person === person);
    const slot = stage.voices.indexOf(person);
    const microphone = known?.microphone ?? 'none';
    const state = muted.includes(person)
      ? 'silenced'
      : microphone === 'refused' || microphone === 'missing'
        ? microphone
        : microphone === 'none'
          ? 'off'
          : slot >= 0
            ? 'heard'
            : 'waits';
    return { person, name, hasFloor: !!on, camera: !!on?.camera, slot, state: state === 'heard' && microphone === 'muted' ? 'off' : state };
  };
  const given = floor.map((each) => one(each.person, each.name, people.find((person) => person.id === each.person)));
  const free = people.filter(
    (person) =>
      person.role !== 'teacher' &&
      !floor.some((each) => each.person === person.id) &&
      (stage.voices.includes(person.id) || person.microphone === 'on' || muted.includes(person.id)),
  );
  return [...given, ...free.map((person) => one(person.id, person.name, person))];
}
