// Keys and the button that open the command line. What one types into a field is never taken for a command, and the keys
// without Ctrl can be switched off (WCAG 2.1.4: they may be a voice's or a switch's mistake).
import { useEffect, useState } from 'preact/hooks';
import type { PageActions } from './commands';
import type { ClassRoom } from './room';
import { texts } from './texts';

const kept = 'thranio.keys';
const toldMs = 4000;

export function keysAreOn(): boolean {
  try {
    return localStorage.getItem(kept) !== 'off';
  } catch {
    return true;
  }
}

export function setKeys(on: boolean): void {
  try {
    localStorage.setItem(kept, on ? 'on' : 'off');
  } catch {
    // Private browsing: they stay as they are.
  }
}

// What a key asks for, if anything.
export function askedBy(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>, inField: boolean, single: boolean): 'line' | 'help' | null {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k') return 'line';
  if (inField || !single || event.ctrlKey || event.metaKey || event.altKey) return null;
  if (event.key === '/') return 'line';
  return event.key === '?' ? 'help' : null;
}

export function Commands(props: { room: ClassRoom; teaches: boolean; live: boolean; page: PageActions }) {
  const t = texts.value;
  const [part, setPart] = useState<typeof import('./command-line') | null>(null);
  const [view, setView] = useState<'line' | 'help' | null>(null);
  const [told, setTold] = useState('');
  const open = (wanted: 'line' | 'help') =>
    void import('./command-line').then(
      (loaded) => {
        setPart(loaded);
        setView(wanted);
      },
      () => setTold(t.faults['link-lost'] ?? t.failed),
    );
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const field = event.target instanceof Element && event.target.closest('input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select');
      if (document.querySelector('dialog[open]')) return;
      const wanted = askedBy(event, !!field, keysAreOn());
      if (!wanted) return;
      event.preventDefault();
      open(wanted);
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
  useEffect(() => {
    if (!told) return;
    const timer = setTimeout(() => setTold(''), toldMs);
    return () => clearTimeout(timer);
  }, [told]);
  const { room, teaches, live, page } = props;
  return (
    <>
      <button class="desktop-only" type="button" aria-haspopup="dialog" aria-keyshortcuts="Control+K" onClick={() => open('line')}>
        {t.commands}
      </button>
      <p class="told" role="status">
        {told}
      </p>
      {part && view && (
        <part.CommandLine
          place={{ room, teaches, live, page, t }}
          view={view}
          show={setView}
          close={(done) => {
            setView(null);
            if (done) setTold(done);
          }}
        />
      )}
    </>
  );
}
