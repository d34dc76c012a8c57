import { useEffect, useState } from 'preact/hooks';
import { type Lesson, serverNow } from '../api/http';
import { locale, type Strings, strings } from '../strings';
import { Header } from './header';

const nameKey = 'thranio.name';

function rememberedName(): string {
  try {
    return localStorage.getItem(nameKey) ?? '';
  } catch {
    return '';
  }
}

// When it opens, in the visitor's time zone; '' once it is open.
function useOpening(t: Strings, lesson: Lesson): string {
  const opens = new Date(lesson.opens_at);
  const [open, setOpen] = useState(lesson.status === 'live' || opens.getTime() <= serverNow());
  useEffect(() => {
    if (open) return;
    const timer = setInterval(() => setOpen(opens.getTime() <= serverNow()), 1000);
    return () => clearInterval(timer);
  }, [open]);
  if (open) return '';
  const time = opens.toLocaleTimeString(locale.value, { hour: '2-digit', minute: '2-digit' });
  if (opens.toDateString() === new Date(serverNow()).toDateString()) return t.opensAt(time);
  return t.opensOn(opens.toLocaleDateString(locale.value, { weekday: 'long', day: 'numeric', month: 'long' }), time);
}

// One screen, one tap: what lesson, with whom, Enter. Only the holder of an open guest link is asked for a name.
export function Join(props: { lesson: Lesson; askName: boolean; enter: (name: string) => void }) {
  const t = strings.value;
  const [name, setName] = useState(rememberedName);
  const opens = useOpening(t, props.lesson);
  const submit = (event: Event) => {
    event.preventDefault();
    const given = name.trim();
    if (props.askName) {
      try {
        localStorage.setItem(nameKey, given);
      } catch {
        // Private browsing: asked again next time.
      }
    }
    props.enter(given);
  };
  return (
    <>
      <Header />
      <main class="notice">
        <p class="kicker" dir="auto">{props.lesson.class_title}</p>
        <h1 dir="auto">{props.lesson.title}</h1>
        {props.lesson.teachers.length > 0 && (
          <p>
            {t.with} <bdi>{props.lesson.teachers.join(', ')}</bdi>
          </p>
        )}
        <form onSubmit={submit}>
          {props.askName && (
            <label>
              {t.yourName}
              <input
                value={name}
                onInput={(event) => setName(event.currentTarget.value)}
                autocomplete="name"
                maxLength={64}
                pattern=".*\S.*"
                required
              />
            </label>
          )}
          <p class="hint">{opens || t.enterHint}</p>
          <button class="primary" type="submit" disabled={opens !== ''}>
            {t.enter}
          </button>
        </form>
      </main>
    </>
  );
}
