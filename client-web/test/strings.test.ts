import { describe, expect, it } from 'vitest';
import { el } from '../src/strings/el';
import { en } from '../src/strings/en';
import { el as classEl } from '../src/class/catalogues';

describe('the catalogues', () => {
  // That every key is in both is checked by the compiler.
  it('say something everywhere, and say it in Greek in the Greek one', () => {
    const same = ['language'];
    for (const [key, text] of Object.entries({ ...el, ...classEl })) {
      if (typeof text === 'object') continue;
      const greek = typeof text === 'function' ? (text as (n: number) => string)(2) : text;
      expect(greek, key).not.toBe('');
      if (!same.includes(key)) expect(greek, key).toMatch(/[α-ωά-ώ]/i);
    }
  });

  it('count people as the language does', () => {
    expect(en.here(1)).toBe('1 person here');
    expect(en.here(3)).toBe('3 people here');
    expect(el.here(1)).toBe('1 άτομο εδώ');
    expect(el.here(3)).toBe('3 άτομα εδώ');
  });
});
