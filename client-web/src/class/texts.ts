// The texts of the class's part, in the page's language.
import { catalogue } from '../strings';
import { el, en, type Texts } from './catalogues';

export type { Texts };
export const texts = catalogue({ en, el }, (ar) => ar.room);
