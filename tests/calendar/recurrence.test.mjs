// Thousands of made-up rules: our occurrences beside those of rrule (another author, another language), and their
// instants beside those of the browser engine's own time zones (ICU).
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import rruleModule from 'rrule';

const { RRule } = rruleModule;
const tool = new URL('../../build/asan/recurrence_tool', import.meta.url).pathname;

// mulberry32: the same rules in every run.
function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const weekdays = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
const zones = [
  'Europe/Athens', 'Europe/Lisbon', 'America/New_York', 'America/Santiago', 'Australia/Lord_Howe',
  'Australia/Sydney', 'Asia/Kathmandu', 'Africa/Casablanca', 'Pacific/Auckland', 'UTC',
];

function madeUpRule(next) {
  const pick = (list) => list[Math.floor(next() * list.length)];
  const some = (list) => list.filter(() => next() < 0.4);
  const freq = pick(['DAILY', 'WEEKLY', 'WEEKLY', 'WEEKLY', 'MONTHLY', 'YEARLY']);
  const parts = [`FREQ=${freq}`];
  if (next() < 0.5) parts.push(`INTERVAL=${1 + Math.floor(next() * 4)}`);
  const days = some(weekdays);
  if (freq === 'WEEKLY' && days.length) parts.push(`BYDAY=${days.join(',')}`);
  if (freq === 'MONTHLY' && next() < 0.5) parts.push(`BYDAY=${pick([1, 2, 3, 4, -1])}${pick(weekdays)}`);
  else if (freq === 'MONTHLY' && next() < 0.5) parts.push(`BYMONTHDAY=${pick([1, 15, 28, 29, 30, 31, -1])}`);
  if (freq === 'YEARLY' && next() < 0.6) parts.push(`BYMONTH=${1 + Math.floor(next() * 12)};BYMONTHDAY=${1 + Math.floor(next() * 28)}`);
  if (freq === 'DAILY' && days.length && next() < 0.5) parts.push(`BYDAY=${days.join(',')}`);
  if (freq === 'DAILY' && next() < 0.2) parts.push(`BYMONTH=${some(['1', '3', '5', '9', '10']).join(',') || '3'}`);
  if (next() < 0.2 && freq === 'WEEKLY') parts.push(`WKST=${pick(['SU', 'MO'])}`);
  if (next() < 0.6) parts.push(`COUNT=${1 + Math.floor(next() * 60)}`);
  else parts.push(`UNTIL=202${7 + Math.floor(next() * 2)}${pick(['0115', '0329', '0630', '1025', '1231'])}`);
  return parts.join(';');
}

// The instant of a wall clock's reading, by ICU: the readings around it are tried. A reading in the gap has none.
const formats = new Map();
function readingAt(instant, zone) {
  if (!formats.has(zone))
    formats.set(zone, new Intl.DateTimeFormat('en-CA', {
      timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit',
    }));
  const parts = Object.fromEntries(formats.get(zone).formatToParts(instant).map((part) => [part.type, part.value]));
  return `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}`;
}

test('four thousand made-up rules give the days that rrule gives, and the instants that ICU gives', () => {
  const next = random(20261123);
  const cases = [];
  while (cases.length < 4000) {
    const hour = next() < 0.5 ? Math.floor(next() * 4) : 8 + Math.floor(next() * 10); // half of them near the changes
    const rule = madeUpRule(next);
    const from = new Date(Date.UTC(2026, Math.floor(next() * 12), 1 + Math.floor(next() * 28), hour, next() < 0.5 ? 0 : 30));
    // The first lesson stands on the rule: that is what we ask of an admin, too.
    const first = new RRule({ ...RRule.parseString(rule), dtstart: from, count: null }).after(from, true);
    if (!first || first.getUTCFullYear() > 2030) continue;
    cases.push({ rule, zone: zones[cases.length % zones.length], starts: first.toISOString().slice(0, 16) });
  }
  const run = spawnSync(tool, { input: cases.map((c) => JSON.stringify(c)).join('\n') + '\n', maxBuffer: 1 << 28 });
  assert.equal(run.status, 0, run.stderr.toString());
  const answers = run.stdout.toString().trimEnd().split('\n').map((line) => JSON.parse(line));
  assert.equal(answers.length, cases.length);
  let compared = 0, gaps = 0, changes = 0;
  for (const [i, { rule, zone, starts }] of cases.entries()) {
    const options = RRule.parseString(rule);
    if (options.until) options.until = new Date(options.until.getTime() + 24 * 3600 * 1000 - 1000); // the whole last day
    const theirs = new RRule({ ...options, dtstart: new Date(`${starts}:00Z`) }).all().map((d) => d.toISOString().slice(0, 16));
    if (theirs.length === 0 || theirs.length > 1000 || theirs.at(-1) > '2038') { // what no timetable can follow is refused
      assert.ok(answers[i].error, `${rule} from ${starts}`);
      continue;
    }
    assert.deepEqual(answers[i].local, theirs, `${rule} from ${starts}`);
    let offset = null;
    for (const [k, local] of answers[i].local.entries()) {
      const instant = new Date(answers[i].instants[k]);
      const reading = readingAt(instant, zone);
      compared++;
      const now = Date.parse(`${reading}:00Z`) - instant.getTime();
      if (offset !== null && offset !== now) changes++;
      offset = now;
      if (reading === local) {
        // Of two the first: an hour before, the clock showed something else.
        for (const minutes of [30, 60]) assert.notEqual(readingAt(new Date(instant - minutes * 60000), zone), local);
        continue;
      }
      // In the gap: ICU has no instant for it; ours is as far after the change as the clock was put forward.
      gaps++;
      assert.ok(Date.parse(`${reading}:00Z`) > Date.parse(`${local}:00Z`), `${zone} ${local} ${reading}`);
      for (let minutes = -120; minutes <= 120; minutes += 15)
        assert.notEqual(readingAt(new Date(instant.getTime() + minutes * 60000), zone), local);
    }
  }
  console.log(`# ${compared} occurrences compared, ${changes} changes of the clock inside series, ${gaps} in a gap`);
  assert.ok(compared > 50000 && changes > 2000 && gaps > 50);
});
