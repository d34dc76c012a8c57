import { describe, expect, it } from 'vitest';
import { rungWithin } from '../src/lesson/budget';

describe('a data budget', () => {
  it('takes what lasts until the end of the lesson', () => {
    expect(rungWithin(50e6, 45 * 60)).toBe('small-pictures'); // 148 kbit/s
    expect(rungWithin(20e6, 45 * 60)).toBe('voice-low'); // 59
    expect(rungWithin(10e6, 45 * 60)).toBe('voice-low'); // 30
    expect(rungWithin(1e9, 45 * 60)).toBe('all');
  });
  it('leaves the voice when all is spent', () => {
    expect(rungWithin(0, 600)).toBe('voice-lowest');
    expect(rungWithin(-5e6, 600)).toBe('voice-lowest');
  });
  it('spends nothing on a moment: a lesson goes on over its time', () => {
    expect(rungWithin(3e6, -100)).toBe('voice');
  });
});
