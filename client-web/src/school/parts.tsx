// What the school's pages share: the top line, a form's fault, a list that loads.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ApiError } from '../api/http';
import { strings } from '../strings';
import { Header } from '../views/header';
import { account, signOut } from './account';
import { texts } from './texts';

export function faultText(error: unknown): string {
  if (error instanceof ApiError) return error.problem?.detail ?? strings.value.noServer;
  return strings.value.failed + String(error);
}

export function Frame(props: { children: ComponentChildren }) {
  const t = texts.value;
  return (
    <>
      <Header
        by={[account.value?.name]}
        actions={
          account.value && (
            <button class="plain" type="button" onClick={() => void signOut()}>
              {t.signOut}
            </button>
          )
        }
      />
      <main class="page">{props.children}</main>
    </>
  );
}

// Loads again when one of `on` changes.
export function useLoaded<T>(load: () => Promise<T>, on: unknown[]): { value: T | null; fault: string; again: () => void } {
  const [state, setState] = useState<{ value: T | null; fault: string }>({ value: null, fault: '' });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let alive = true;
    load().then(
      (value) => alive && setState({ value, fault: '' }),
      (error: unknown) => alive && setState((old) => ({ ...old, fault: faultText(error) })),
    );
    return () => {
      alive = false;
    };
  }, [...on, turn]);
  return { ...state, again: () => setTurn(turn + 1) };
}

export function ByApi(props: { text: string }) {
  return (
    <details class="by-api">
      <summary>{texts.value.byApi}</summary>
      <pre>
        <code>{props.text}</code>
      </pre>
    </details>
  );
}

// A link to hand on: shown whole, copied with one tap.
export function HandOn(props: { label: string; url: string }) {
  return (
    <label class="hand-on">
      {props.label}
      <input readOnly value={props.url} onFocus={(event) => event.currentTarget.select()} />
    </label>
  );
}

// A row's last cell: takes the row away.
export function Remove(props: { what: string; remove: () => void }) {
  const t = texts.value;
  return (
    <button type="button" onClick={props.remove} aria-label={`${t.remove}: ${props.what}`}>
      {t.remove}
    </button>
  );
}

// What every lesson's form asks for.
interface LessonForm {
  title: string;
  day: string;
  time: string;
  minutes: number;
}
export function LessonFields(props: { form: LessonForm; set: (change: Partial<LessonForm>) => void; day: string }) {
  const t = texts.value;
  const { form, set } = props;
  return (
    <>
      <label>
        {t.title}
        <input value={form.title} onInput={(e) => set({ title: e.currentTarget.value })} maxLength={200} required />
      </label>
      <label>
        {props.day}
        <input type="date" value={form.day} onInput={(e) => set({ day: e.currentTarget.value })} required />
      </label>
      <label>
        {t.time}
        <input type="time" value={form.time} onInput={(e) => set({ time: e.currentTarget.value })} required />
      </label>
      <label>
        {t.minutes}
        <input type="number" min={1} max={1440} value={form.minutes} onInput={(e) => set({ minutes: Number(e.currentTarget.value) })} />
      </label>
    </>
  );
}
