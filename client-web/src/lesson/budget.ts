// How much of the lesson fits into the data that a student gives it. No DOM.
import type { Rung } from '../api/server-messages.gen';

// kbit/s of a line that each rung takes, as a rule (README: what a thin line gets). What a shared screen takes depends on
// what it shows: it is counted as it comes, and what is left is shared out anew.
const takes: [Rung, number][] = [
  ['voice-lowest', 12],
  ['voice-low', 22],
  ['voice', 60],
  ['slow-pictures', 82],
  ['small-pictures', 115],
  ['screen', 400],
  ['middle-pictures', 600],
];

const shortest = 5 * 60; // seconds: a lesson that is over its time goes on for a while

// The highest rung with which what is left lasts until the lesson's end. The voice comes in any case.
export function rungWithin(bytesLeft: number, secondsLeft: number): Rung {
  const kilobits = (Math.max(0, bytesLeft) * 8) / 1000 / Math.max(shortest, secondsLeft);
  let rung: Rung = 'voice-lowest';
  for (const [candidate, needed] of takes) if (needed <= kilobits) rung = candidate;
  return rung === 'middle-pictures' && kilobits > 1500 ? 'all' : rung;
}
