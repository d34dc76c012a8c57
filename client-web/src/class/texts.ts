// The texts of the class's part, in the page's language.
import { computed } from '@preact/signals';
import { language } from '../strings';
import { el, en, type Texts } from './catalogues';

const catalogues = { en, el };
export type { Texts };
export const texts = computed(() => catalogues[language.value]);
