// The class's part of a student's page, loaded when the voice is there: it must not take a thin line's first seconds.
import { useMemo } from 'preact/hooks';
import type { ClassRoom } from '../class/room';
import type { LessonSession } from '../lesson/session';
import { usePart } from './part';

type Part = typeof import('../class/student');
export type Loaded = Part & { room: ClassRoom };

export function useClassPart(session: LessonSession, wanted: boolean): Loaded | null {
  const part = usePart<Part>(() => import('../class/student'), wanted);
  return useMemo(() => part && { ...part, room: new part.ClassRoom(session) }, [part]);
}
