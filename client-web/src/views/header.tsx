import type { ComponentChildren } from 'preact';
import { type Language, language, languages, speak, strings } from '../strings';

export function Header(props: { title?: string | undefined; by?: (string | undefined)[]; live?: boolean; actions?: ComponentChildren }) {
  const t = strings.value;
  const title = props.title ?? 'Thranio';
  const by = props.by?.filter(Boolean) ?? [];
  return (
    <header class="top">
      <p class="where" title={[title, ...by].join(' · ')}>
        <strong dir="auto">{title}</strong>
        {by.length > 0 && (
          <span class="by">
            {by.map((name, at) => [at > 0 && ' · ', <bdi>{name}</bdi>])}
          </span>
        )}
      </p>
      {props.live && <span class="live">{t.live}</span>}
      {props.actions}
      <select class="plain" aria-label={t.language} value={language.value} onChange={(event) => speak(event.currentTarget.value as Language)}>
        {Object.entries(languages).map(([id, name]) => (
          <option key={id} value={id} lang={id}>
            {name}
          </option>
        ))}
      </select>
    </header>
  );
}
