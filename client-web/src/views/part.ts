// Parts of the page that are loaded when they are wanted, however often the link fails.
import { useEffect, useState } from 'preact/hooks';

const againMs = 3000;

// Loads until it is there; what is returned gives up.
export function loadUntilThere<Part>(load: () => Promise<Part>, there: (part: Part) => void, againMs: number): () => void {
  let gone = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const attempt = () =>
    void load().then(there, () => gone || (timer = setTimeout(attempt, againMs)));
  attempt();
  return () => {
    gone = true;
    clearTimeout(timer);
  };
}

export function usePart<Part extends object>(load: () => Promise<Part>, wanted = true): Part | null {
  const [part, setPart] = useState<Part | null>(null);
  useEffect(() => {
    if (!wanted || part) return;
    let gone = false;
    const giveUp = loadUntilThere(load, (loaded) => gone || setPart(loaded), againMs);
    return () => {
      gone = true;
      giveUp();
    };
  }, [wanted]);
  return part;
}

// True once `here` was, or after as much patience: what waits for a voice must not wait for one that does not come.
export function useOnceOrLater(here: boolean, patienceMs: number): boolean {
  const [due, setDue] = useState(here);
  useEffect(() => {
    if (due) return;
    if (here) return setDue(true);
    const timer = setTimeout(() => setDue(true), patienceMs);
    return () => clearTimeout(timer);
  }, [here, patienceMs]);
  return due;
}

// For the next visit, see public/worker.js. Where the browser has no such thing (or no https), nothing is kept.
export function useKeptPages(wanted = true): void {
  useEffect(() => {
    if (wanted) void navigator.serviceWorker?.register('/worker.js').catch(() => undefined);
  }, [wanted]);
}
