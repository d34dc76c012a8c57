// The page's texts: every one is in every catalogue, or the build fails.
import { computed, effect, signal } from '@preact/signals';
import { el } from './el';
import { en } from './en';

const catalogues = { en, el };
export type { Strings } from './en';
export type Language = keyof typeof catalogues;

const stored = (() => {
  try {
    return localStorage.getItem('thranio.language');
  } catch {
    return null;
  }
})();
const preferred = stored ?? (navigator.language.toLowerCase().startsWith('el') ? 'el' : 'en');

export const language = signal<Language>(preferred === 'el' ? 'el' : 'en');
export const strings = computed(() => catalogues[language.value]);

export function switchLanguage(): void {
  language.value = language.value === 'en' ? 'el' : 'en';
  try {
    localStorage.setItem('thranio.language', language.value);
  } catch {
    // Private browsing: it lasts as long as the page.
  }
}

effect(() => {
  document.documentElement.lang = language.value;
});
