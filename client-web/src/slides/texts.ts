// The texts of slides and white pages, in the page's language.
import { catalogue } from '../strings';
import { el, en, type SlideTexts } from './catalogues';

export const slideTexts = catalogue<SlideTexts>({ en, el }, (ar) => ar.slides);

export function faultText(code: string): string {
  return slideTexts.value.faults[code] ?? slideTexts.value.failed;
}
