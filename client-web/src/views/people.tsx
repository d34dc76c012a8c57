import type { ComponentChildren } from 'preact';
import type { Person } from '../api/server-messages.gen';
import { below } from '../lesson/rungs';
import { lessonTexts } from './lesson-texts';

// Teachers first, then everybody in order of joining.
export function People(props: {
  people: Person[];
  count: number;
  you: string | null;
  closed?: (() => void) | undefined;
  note?: (person: Person) => string;
  action?: (person: Person) => ComponentChildren;
}) {
  const t = lessonTexts.value;
  const inOrder = [...props.people].sort((a, b) => Number(b.role === 'teacher') - Number(a.role === 'teacher'));
  const thin = props.people.filter((person) => person.role !== 'teacher' && below(person.rung, 'screen')).length;
  return (
    <section class="people" aria-labelledby="people-title">
      <div class="people-head">
        <h2 id="people-title">{t.here(props.count)}</h2>
        {props.closed && (
          <button class="plain" type="button" onClick={props.closed}>
            {t.close}
          </button>
        )}
      </div>
      {thin > 0 && <p class="note thin-lines">{t.thinLines(thin)}</p>}
      <ul tabIndex={0} aria-label={t.people}>
        {inOrder.map((person) => (
          <li key={person.id}>
            <span class="name" dir="auto">
              {person.name}
            </span>
            <span class="note">{[...notes(person, props.you), props.note?.(person)].filter(Boolean).join(' · ')}</span>
            {props.action?.(person)}
          </li>
        ))}
        {props.count > props.people.length && <li class="note">{t.more(props.count - props.people.length)}</li>}
      </ul>
    </section>
  );
}

function notes(person: Person, you: string | null): string[] {
  const t = lessonTexts.value;
  const all: string[] = [];
  if (person.id === you) all.push(t.you);
  if (person.role === 'teacher') all.push(t.teacher);
  if (person.role === 'guest') all.push(t.guest);
  if (person.microphone === 'on') all.push(t.microphoneOn);
  if (person.rung === 'voice-lowest') all.push(t.lineVoice);
  else if (below(person.rung, 'screen')) all.push(t.lineStills);
  return all;
}
