// A feed as two calendar programs' parsers read it: ical.js (Thunderbird) and node-ical.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import ICAL from 'ical.js';
import nodeIcal from 'node-ical';
import { startServer } from './school-server.mjs';

let server, school, cls, teacher, substitute, student, lessons, url;

const add = async (path, body) => (await server.post(path, body)).id;

before(async () => {
  server = await startServer();
  school = await add('/schools', { name: '1ο Γυμνάσιο', time_zone: 'Europe/Athens' });
  cls = await add(`/schools/${school}/classes`, { title: 'Φυσική; Β2, πρωί' });
  const person = (given_name, family_name, role) => add(`/schools/${school}/users`, { given_name, family_name, roles: [role] });
  teacher = await person('Υπατία', 'Παππά', 'teacher');
  substitute = await person('Νίκος', 'Δήμου', 'teacher');
  student = await person('Ελένη', 'Ράλλη', 'student');
  await add(`/classes/${cls}/enrollments`, { user_id: teacher, role: 'teacher' });
  await add(`/classes/${cls}/enrollments`, { user_id: student, role: 'student' });
  await add(`/classes/${cls}/lesson-series`, {
    title: 'Κύματα και ήχος, ένας τίτλος που δεν χωρά σε μία γραμμή του προτύπου',
    starts_at_local: '2031-10-06T09:00',
    duration_minutes: 45,
    rrule: 'FREQ=WEEKLY;BYDAY=MO;UNTIL=20311130',
    rdates: ['2031-10-08T12:00'],
    exdates: ['2031-11-24T09:00'],
  });
  await add(`/classes/${cls}/lessons`, { title: 'Extra', starts_at: '2031-12-01T10:00:00+02:00', ends_at: '2031-12-01T11:00:00+02:00' });
  await add(`/schools/${school}/closures`, { title: 'Break', starts_on: '2031-11-17', ends_on: '2031-11-18' });
  lessons = (await server.get(`/classes/${cls}/lessons?sort=starts_at`)).items;
  const at = (i) => `/lessons/${lessons[i].id}`;
  await server.change(at(2), { starts_at: '2031-10-14T11:00:00+03:00', ends_at: '2031-10-14T11:45:00+03:00' }); // moved
  await server.change(at(3), { cancelled: true });
  await server.change(at(4), { teacher_id: substitute });
  url = (await server.post(`/classes/${cls}/feeds`)).url;
});
after(() => server.stop());

// What takes place: "local time|title|by" of each occurrence between October and December 2031, by ical.js.
function readByIcalJs(text) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  for (const zone of calendar.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(zone);
  const events = calendar.getAllSubcomponents('vevent').map((component) => new ICAL.Event(component));
  const told = [];
  for (const event of events.filter((e) => !e.isRecurrenceException())) {
    for (const other of events) if (other.isRecurrenceException() && other.uid === event.uid) event.relateException(other);
    const tell = (item, start) => {
      if (item.component.getFirstPropertyValue('status') === 'CANCELLED') return;
      told.push(`${start.toJSDate().toISOString()}|${item.description}`);
    };
    if (!event.isRecurring()) tell(event, event.startDate);
    const iterator = event.isRecurring() ? event.iterator() : null;
    for (let next = iterator?.next(); next; next = iterator.next()) {
      const details = event.getOccurrenceDetails(next);
      tell(details.item, details.startDate);
    }
  }
  return told.sort();
}

function readByNodeIcal(text) {
  const told = [];
  for (const event of Object.values(nodeIcal.sync.parseICS(text))) {
    if (event.type !== 'VEVENT') continue;
    const tell = (item, start) => {
      if (item.status !== 'CANCELLED') told.push(`${start.toISOString()}|${item.description}`);
    };
    if (!event.rrule) {
      tell(event, event.start);
      continue;
    }
    const overrides = Object.values(event.recurrences ?? {});
    const excluded = new Set(Object.values(event.exdate ?? {}).map((date) => new Date(date).toISOString()));
    const moved = new Set(overrides.map((other) => other.recurrenceid.toISOString()));
    for (const start of event.rrule.between(new Date('2031-09-01'), new Date('2032-01-01')))
      if (!excluded.has(start.toISOString()) && !moved.has(start.toISOString())) tell(event, start);
    for (const other of overrides) tell(other, other.start);
  }
  return told.sort();
}

const feed = async (headers = {}) => fetch(url, { headers });
const by = 'Φυσική; Β2, πρωί, Υπατία Παππά';
const expected = [
  `2031-10-06T06:00:00.000Z|${by}`,
  `2031-10-14T08:00:00.000Z|${by}`, // moved from the 13th
  '2031-10-27T07:00:00.000Z|Φυσική; Β2, πρωί, Νίκος Δήμου', // after the change of the clock, by the substitute
  `2031-11-03T07:00:00.000Z|${by}`,
  `2031-11-10T07:00:00.000Z|${by}`,
  `2031-12-01T08:00:00.000Z|${by}`,
];

test('ical.js reads moved, cancelled, substituted, suspended, added and left-out lessons as they are', async () => {
  const told = readByIcalJs(await (await feed()).text());
  assert.deepEqual(told, [...expected, `2031-10-08T09:00:00.000Z|${by}`].sort());
});

test('node-ical reads the same (it knows no RDATE)', async () => {
  assert.deepEqual(readByNodeIcal(await (await feed()).text()), expected);
});

test('the file keeps to the letter of RFC 5545: octets, line ends, one time zone, stable ids, no secret', async () => {
  const answer = await feed();
  assert.equal(answer.headers.get('content-type'), 'text/calendar; charset=utf-8');
  const text = await answer.text();
  assert.ok(!/[^\r]\n/.test(text), 'every line ends with CRLF');
  for (const line of text.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75, line);
  assert.ok(!text.includes('\ufffd'), 'no letter is cut in two');
  assert.equal(text.match(/BEGIN:VTIMEZONE/g).length, 1);
  assert.match(text, /REFRESH-INTERVAL;VALUE=DURATION:PT1H/);
  assert.match(text, /UNTIL=20311130T215959Z/);
  assert.ok(!text.includes(url.split('/').pop().slice(0, 20)), 'the feed does not tell its own key');
  const single = text.replaceAll('\r\n ', '');
  assert.match(single, new RegExp(`URL:${server.origin}/lesson/${lessons[4].id}`));
  assert.match(single, /SEQUENCE:1/);
  // Our own parsing of a foreign file is tried on our own, too.
  ICAL.parse(text);
});

test('a feed that did not change is not sent again; a revoked one is gone', async () => {
  const etag = (await feed()).headers.get('etag');
  assert.equal((await feed({ 'If-None-Match': etag })).status, 304);
  await server.change(`/lessons/${lessons[5].id}`, { title: 'Optics' });
  const changed = await feed({ 'If-None-Match': etag });
  assert.equal(changed.status, 200);
  assert.equal((await fetch(url.replace(/(.)\.ics$/, (_, last) => (last === 'x' ? 'y.ics' : 'x.ics')))).status, 404);
  assert.equal((await fetch(`${server.origin}/calendars/x`)).status, 404);
});

test("a teacher's feed has the lessons that she stands in for, a student's those of the class", async () => {
  const read = async (user) => readByIcalJs(await (await fetch((await server.post(`/users/${user}/feeds`)).url)).text());
  assert.deepEqual(await read(substitute), ['2031-10-27T07:00:00.000Z|Φυσική; Β2, πρωί, Νίκος Δήμου']);
  assert.equal((await read(student)).length, 7);
});

test('holidays come in from a calendar, and come in again without doubles', async () => {
  const file = [
    'BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//x//y//EN',
    'BEGIN:VEVENT', 'UID:easter@x', 'DTSTAMP:20260101T000000Z', 'DTSTART;VALUE=DATE:20270430', 'DTEND;VALUE=DATE:20270508', 'SUMMARY:Πάσχα', 'END:VEVENT',
    'BEGIN:VEVENT', 'UID:ohi@x', 'DTSTAMP:20260101T000000Z', 'DTSTART;VALUE=DATE:20261028', 'RRULE:FREQ=YEARLY', 'SUMMARY:28η Οκτωβρίου', 'END:VEVENT',
    'BEGIN:VEVENT', 'UID:trip@x', 'DTSTAMP:20260101T000000Z', 'DTSTART:20270310T220000Z', 'DTEND:20270311T220000Z', 'SUMMARY:Trip', 'END:VEVENT',
    'BEGIN:VEVENT', 'UID:off@x', 'DTSTAMP:20260101T000000Z', 'DTSTART;VALUE=DATE:20270105', 'STATUS:CANCELLED', 'SUMMARY:Not', 'END:VEVENT',
    'END:VCALENDAR', '',
  ].join('\r\n');
  const path = `/schools/${school}/closures/import`;
  const tried = await server.post(`${path}?dry_run=true`, file);
  assert.equal(tried.items[0].closure.id, null);
  const done = await server.post(path, file);
  const days = done.items.map(({ closure }) => `${closure.starts_on}..${closure.ends_on} ${closure.title}`);
  assert.ok(days.includes('2027-04-30..2027-05-07 Πάσχα'));
  assert.ok(days.includes('2026-10-28..2026-10-28 28η Οκτωβρίου') && days.includes('2028-10-28..2028-10-28 28η Οκτωβρίου'));
  assert.ok(days.includes('2027-03-11..2027-03-11 Trip')); // midnight to midnight in Athens, told in UTC
  assert.ok(!days.some((day) => day.includes('Not')));
  const again = await server.post(path, file.replace('Πάσχα', 'Pascha'));
  assert.deepEqual(new Set(again.items.map((item) => item.change)), new Set(['none', 'changed']));
  const closures = (await server.get(`/schools/${school}/closures?sort=starts_on`)).items;
  assert.equal(closures.filter((closure) => closure.title === 'Pascha').length, 1);
});
