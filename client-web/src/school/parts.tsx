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
        by={account.value?.name}
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
