// The page's texts: every one is in every catalogue, or the build fails. English and Greek come with the page; what reads
// from right to left is loaded where it is wanted, the page's own texts first.
import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import { el } from './el';
import { en, type Strings } from './en';

export type { Strings } from './en';
// By their own names.
export const languages = { en: 'English', el: 'Ελληνικά', ar: 'العربية' };
export type Language = keyof typeof languages;
type Rest = typeof import('./ar-rest');

const stored = (() => {
  try {
    return localStorage.getItem('thranio.language');
  } catch {
    return null;
  }
})();
const preferred = (stored ?? navigator.language).toLowerCase().slice(0, 2);

export const language = signal<Language>(preferred in languages ? (preferred as Language) : 'en');
const ar = signal<Strings | null>(null);
const rest = signal<Rest | null>(null);

export const strings = computed(() => (language.value === 'ar' ? (ar.value ?? en) : { en, el }[language.value]));

// The texts of a part of the page that is loaded later.
export function catalogue<Texts>(own: { en: Texts; el: Texts }, arabic: (all: Rest) => Texts): ReadonlySignal<Texts> {
  return computed(() => (language.value === 'ar' ? (rest.value ? arabic(rest.value) : own.en) : own[language.value]));
}

// For Intl. Digits are the same in all three: they stand beside those of forms and addresses.
export const locale = computed(() => ({ en: 'en-GB', el: 'el-u-hc-h23', ar: 'ar-u-nu-latn' })[language.value]);

// What the chosen language needs before the first word of it is shown; without it the page speaks English.
export async function languageReady(): Promise<void> {
  if (language.value !== 'ar') return;
  const load = import('./ar').then((part) => (ar.value = part.ar));
  void import('./ar-rest').then((part) => (rest.value = part));
  await load.catch(() => undefined);
}

export function speak(chosen: Language): void {
  language.value = chosen;
  void languageReady();
  try {
    localStorage.setItem('thranio.language', chosen);
  } catch {
    // Private browsing: it lasts as long as the page.
  }
}

effect(() => {
  const { documentElement } = document;
  documentElement.lang = strings.value === en ? 'en' : language.value;
  documentElement.dir = documentElement.lang === 'ar' ? 'rtl' : 'ltr';
});
