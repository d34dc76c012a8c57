// What a REST request costs on a region's data (200 schools, 100,000 people, 500,000 enrollments), beside a Beast server
// that answers a constant of the same size: requests a second on one core, and server CPU a request. wrk asks; the
// server has core 0, wrk the next. "each once" asks for as many different things as fit no cache.
//   node run.mjs THRANIO BENCH_IMPORT BARE [SECONDS of a round]
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [thranio, maker, bare, seconds = '3'] = process.argv.slice(2);
const data = mkdtempSync(join(tmpdir(), 'thranio-bench-rest-'));
const children = [];
process.on('exit', () => {
  children.forEach((child) => child.kill('SIGKILL'));
  rmSync(data, { recursive: true, force: true });
});

async function start(command, args) {
  const child = spawn('taskset', ['-c', '0', command, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  const line = await new Promise((heard) => createInterface({ input: child.stdout }).once('line', heard));
  return { pid: child.pid, line };
}

const ticks = Number(execFileSync('getconf', ['CLK_TCK']).toString());
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}

function ask(pid, url, token, script = []) {
  const before = cpuSeconds(pid);
  const text = execFileSync('taskset', ['-c', '1', 'wrk', '-t1', '-c16', `-d${seconds}s`, '-H', `Authorization: Bearer ${token}`, ...script, url]).toString();
  const requests = Number(/(\d+) requests in/.exec(text)[1]);
  const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0);
  return { perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)[1]), micros: (1e6 * (cpuSeconds(pid) - before)) / requests, refused };
}

const token = execFileSync(thranio, ['token', 'create', '--data', data, '--role', 'admin']).toString().trim();
const server = await start(thranio, ['serve', '--data', data, '--listen', '127.0.0.1:0', '--workers', '1']);
const origin = JSON.parse(server.line).url;
const api = `${origin}/api/v1`;
const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
const call = async (method, path, body, more = {}) => {
  const answer = await fetch(api + path, { method, headers: { ...headers, ...more }, body: body && (Buffer.isBuffer(body) ? body : JSON.stringify(body)) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer;
};
const json = async (...args) => (await call(...args)).json();

const zip = join(data, 'region.zip');
execFileSync(maker, ['--write', zip]);
const region = await json('POST', '/schools', { name: 'Region', time_zone: 'Europe/Athens' });
let run = await json('POST', `/schools/${region.id}/imports`, readFileSync(zip), { 'Content-Type': 'application/zip' });
while (run.state === 'running') {
  await new Promise((later) => setTimeout(later, 200));
  run = await json('GET', `/imports/${run.id}`);
}
if (run.state !== 'done') throw new Error(JSON.stringify(run.report.problems.slice(0, 3)));
const school = (await json('GET', `/schools?parent_id=${region.id}&limit=1`)).items[0];
const classes = (await json('GET', `/schools/${school.id}/classes?limit=200`)).items;
const user = (await json('GET', `/schools/${school.id}/users?role=student&limit=1`)).items[0];
for (const [i, cls] of classes.entries())
  await json('POST', `/classes/${cls.id}/lesson-series`, {
    title: cls.title, starts_at_local: `2030-09-${String(2 + (i % 5)).padStart(2, '0')}T${String(8 + (i % 6)).padStart(2, '0')}:00`,
    duration_minutes: 45, rrule: 'FREQ=WEEKLY;COUNT=40', allow_clashes: true,
  });
const lesson = (await json('GET', `/classes/${classes[0].id}/lessons?limit=1`)).items[0];

const week = 'from=2030-10-07T00:00:00Z&to=2030-10-14T00:00:00Z';
const schools = (await json('GET', `/schools?parent_id=${region.id}&limit=200`)).items;
const people = [];
for (const { id } of schools)
  for (let cursor = ''; cursor !== null && people.length < 60000; ) {
    const page = await json('GET', `/schools/${id}/users?limit=200&fields=id&cursor=${cursor}`);
    people.push(...page.items.map((item) => `/api/v1/users/${item.id}`));
    cursor = page.next_cursor;
  }
const students = (await json('GET', `/schools/${school.id}/users?role=student&limit=200&fields=id`)).items;
const days = [...Array(250).keys()].map((i) => new Date(Date.UTC(2030, 8, 2) + i * 86400000).toISOString());
const weeks = students.flatMap(({ id }) =>
  days.slice(7).map((day, i) => `/api/v1/schools/${school.id}/timetable?from=${days[i]}&to=${day}&student=${id}`),
);
const reads = {
  'one user': [`/users/${user.id}`],
  'one user, each once': people,
  'one lesson': [`/lessons/${lesson.id}`],
  'users of a school, 50 by name': [`/schools/${school.id}/users?sort=family_name&limit=50`],
  "a student's week": [`/schools/${school.id}/timetable?${week}&student=${user.id}`],
  "a student's week, each once": weeks,
  "a school's week": [`/schools/${school.id}/timetable?${week}&limit=500`],
};
console.log(`${'read'.padEnd(32)} ${'bytes'.padStart(8)} ${'req/s'.padStart(9)} ${'us CPU'.padStart(9)}   bare req/s  us CPU   ours/bare`);
let port = 20000 + (process.pid % 20000);
for (const [name, paths] of Object.entries(reads)) {
  const path = paths[0].replace('/api/v1', '');
  const bytes = (await (await call('GET', path)).arrayBuffer()).byteLength;
  const script = [];
  if (paths.length > 1) {
    const list = join(data, 'paths');
    writeFileSync(list, paths.join('\n'));
    writeFileSync(
      join(data, 'each.lua'),
      `local paths, i = {}, 0\nfor line in io.lines("${list}") do paths[#paths + 1] = line end\n` +
        'request = function() i = i % #paths + 1 return wrk.format(nil, paths[i]) end\n',
    );
    script.push('-s', join(data, 'each.lua'));
  }
  const rival = await start(bare, [String(++port), String(bytes)]);
  const rounds = [0, 1, 2].map(() => ({
    ours: ask(server.pid, api + path, token, script),
    theirs: ask(rival.pid, `http://127.0.0.1:${port}/`, token, script),
  }));
  if (rounds.some(({ ours }) => ours.refused)) throw new Error(`${name}: refusals`);
  // The machine is noisy: the middle round of three.
  const { ours, theirs } = rounds.sort((a, b) => a.theirs.micros / a.ours.micros - b.theirs.micros / b.ours.micros)[1];
  console.log(
    `${name.padEnd(32)} ${String(bytes).padStart(8)} ${ours.perSecond.toFixed(0).padStart(9)} ${ours.micros.toFixed(0).padStart(9)} ` +
      `${theirs.perSecond.toFixed(0).padStart(12)} ${theirs.micros.toFixed(0).padStart(7)} ${(theirs.micros / ours.micros).toFixed(2).padStart(11)}`,
  );
}
// Writes go one after the other: each needs the version of the one before.
let version = (await call('GET', `/lessons/${lesson.id}`)).headers.get('etag');
const before = cpuSeconds(server.pid), changes = 300;
for (let i = 0; i < changes; ++i)
  version = (await call('PATCH', `/lessons/${lesson.id}`, { title: `Lesson ${i}` }, { 'If-Match': version })).headers.get('etag');
console.log(`PATCH of a lesson: ${((1e6 * (cpuSeconds(server.pid) - before)) / changes).toFixed(0)} us CPU`);
process.exit(0);
