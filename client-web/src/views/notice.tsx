import type { ComponentChildren } from 'preact';

// A whole page that says one thing.
export function Notice(props: { title: string; text?: string; children?: ComponentChildren }) {
  return (
    <main class="notice">
      <h1>{props.title}</h1>
      {props.text && <p>{props.text}</p>}
      {props.children}
    </main>
  );
}
