// The class's part of a student's page, loaded when the voice is there: it must not take a thin line's first seconds.
import { useEffect, useState } from 'preact/hooks';
import type { ClassRoom } from '../class/room';
import type { LessonSession } from '../lesson/session';

type Part = typeof import('../class/student');
export type Loaded = Part & { room: ClassRoom };

const patienceMs = 8000; // for a voice that does not come
const againMs = 5000;

export function useClassPart(session: LessonSession, voiceIsHere: boolean): Loaded | null {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [wanted, setWanted] = useState(false);
  useEffect(() => {
    if (voiceIsHere) return setWanted(true);
    const timer = setTimeout(() => setWanted(true), patienceMs);
    return () => clearTimeout(timer);
  }, [voiceIsHere]);
  useEffect(() => {
    if (!wanted) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let gone = false;
    const load = () =>
      void import('../class/student').then(
        (part) => gone || setLoaded({ ...part, room: new part.ClassRoom(session) }),
        () => gone || (timer = setTimeout(load, againMs)),
      );
    load();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [wanted]);
  return loaded;
}
