import { describe, expect, it } from 'vitest';
import { catalogues as commands } from '../src/class/command-texts';
import { el as room, en as roomEn } from '../src/class/catalogues';
import { catalogues as attendance } from '../src/school/attendance-texts';
import { catalogues as rules } from '../src/school/rules-texts';
import { catalogues as school } from '../src/school/texts';
import { ar } from '../src/strings/ar';
import * as rest from '../src/strings/ar-rest';
import { el } from '../src/strings/el';
import { en } from '../src/strings/en';
import { catalogues as door } from '../src/views/door-texts';
import { catalogues as greenRoom } from '../src/views/green-room-texts';
import { catalogues as lesson } from '../src/views/lesson-texts';
import { catalogues as report } from '../src/views/report-texts';
import { catalogues as teaching } from '../src/views/teaching-texts';

type Text = string | ((...args: never[]) => string) | { [key: string]: Text };

// Each text, with its place; a function says something of the number 2.
function each(texts: object, place = ''): [string, string][] {
  return Object.entries(texts as Record<string, Text>).flatMap(([key, text]): [string, string][] => {
    if (typeof text === 'object') return each(text, `${place}${key}.`);
    return [[place + key, typeof text === 'function' ? (text as (...args: unknown[]) => string)(2, 2, 2) : text]];
  });
}

const greek = [el, room, school.el, door.el, greenRoom.el, report.el, commands.el, attendance.el, lesson.el, teaching.el, rules.el];
const arabic = [ar, rest.room, rest.school, rest.door, rest.greenRoom, rest.report, rest.commands, rest.attendance, rest.lesson, rest.teaching, rest.rules];
const english = [en, roomEn, school.en, door.en, greenRoom.en, report.en, commands.en, attendance.en, lesson.en, teaching.en, rules.en];
const sameEverywhere = /^(byApi|csv|chooseFile)$/;

describe('the catalogues', () => {
  // That every key is in all of them is checked by the compiler.
  it.each([
    ['Greek', greek, /[α-ωά-ώ]/i],
    ['Arabic', arabic, /[\u0621-\u064a]/],
  ] as const)('say something everywhere, and say it in %s', (_, all, letters) => {
    for (const texts of all)
      for (const [key, text] of each(texts)) {
        if (!sameEverywhere.test(key)) expect(text, key).toMatch(letters);
      }
  });

  it('leave no text of one out in another, in no part of the pages', () => {
    const keys = (all: readonly object[]) => all.map((texts) => each(texts).map(([key]) => key).sort());
    expect(keys(greek)).toEqual(keys(english));
    expect(keys(arabic)).toEqual(keys(english));
  });

  it('turn no name around: what is put into an Arabic text stands apart', () => {
    expect(rest.room.showOutAsk('Ada')).toContain('\u2068Ada\u2069');
    for (const texts of arabic)
      for (const [key, text] of each(texts).filter(([name]) => name !== 'gap')) // it begins with a text, not with a name
        expect(text.replace(/\u2068[^\u2068\u2069]*\u2069/g, ''), key).not.toMatch(/(?<![a-z]\S* ?\S*)\d(?!:)/i);
  });

  it('count people as the language does', () => {
    expect(lesson.en.here(1)).toBe('1 person here');
    expect(lesson.en.here(3)).toBe('3 people here');
    expect(lesson.el.here(1)).toBe('1 άτομο εδώ');
    expect(lesson.el.here(3)).toBe('3 άτομα εδώ');
    const bare = (text: string) => text.replace(/[\u2068\u2069]/g, '');
    expect([1, 2, 3, 10, 11, 100, 103].map((n) => bare(rest.lesson.here(n)))).toEqual([
      'شخص واحد هنا',
      'شخصان هنا',
      '3 أشخاص هنا',
      '10 أشخاص هنا',
      '11 شخصًا هنا',
      '100 شخص هنا',
      '103 أشخاص هنا',
    ]);
  });
});
