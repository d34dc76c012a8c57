import type { ComponentChildren } from 'preact';
import { language, strings, switchLanguage } from '../strings';

export function Header(props: { title?: string | undefined; by?: string | undefined; live?: boolean; actions?: ComponentChildren }) {
  const t = strings.value;
  return (
    <header class="top">
      <p class="where">
        <strong>{props.title ?? 'Thranio'}</strong>
        {props.by && <span class="by">{props.by}</span>}
      </p>
      {props.live && <span class="live">{t.live}</span>}
      {props.actions}
      <button class="plain" type="button" lang={language.value === 'en' ? 'el' : 'en'} onClick={switchLanguage}>
        {t.language}
      </button>
    </header>
  );
}
