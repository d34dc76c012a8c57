// What every text that reads from right to left needs. No DOM.

// A number, a name, an address within it: in its own direction, and without turning what stands around it (UAX #9: FSI,
// PDI).
export function apart(text: string | number): string {
  return `\u2068${text}\u2069`;
}

// Arabic counts one, two, three to ten, and from eleven on (CLDR: one, two, few, many, other).
export function counted(n: number, none: string, one: string, two: string, few: string, many: string): string {
  if (n === 0) return none;
  if (n === 1) return one;
  if (n === 2) return two;
  const rest = n % 100;
  if (rest >= 3 && rest <= 10) return `${apart(n)} ${few}`;
  return `${apart(n)} ${rest >= 11 ? many : one.replace(/ واحدة?(?= |$)/, '')}`; // a hundred
}
