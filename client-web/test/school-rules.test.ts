import { expect, it } from 'vitest';
import './page';
import { wordsOf } from '../src/school/rules';

it('words are parted by commas or lines, in any script, each once', () => {
  expect(wordsOf(' fool, μωρέ\n\nأحمق، fool ,')).toEqual(['fool', 'μωρέ', 'أحمق']);
  expect(wordsOf(' \n, ')).toEqual([]);
});
