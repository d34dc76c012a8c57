// A whole lesson on poor links (tests/bench/run lifeline): a teacher in Chromium who speaks and shows slides, a student in
// Chromium behind the emulator, from a cold cache. Prints one table: our server, and beside it the same server that sends
// everybody everything (--no-ladder: a plain forward).
import { readFileSync } from 'node:fs';
import { type Page, test } from '@playwright/test';
import { hear, shoot } from '../support/classroom.ts';
import { drawnDevices } from '../support/drawn-devices.ts';
import { installProbe } from '../support/page-probe.ts';
import { linkMissing, PoorLink } from '../support/poor-link.ts';
import { School } from '../support/school.ts';
import { Server } from '../support/server.ts';
import { readWav, understood } from '../support/speech.ts';

const profiles = (process.env.THRANIO_PROFILES || 'good P128 P128s P96j P64 P64b P64pol P48b P32 P20 Pout').split(' ');
const kilobits: Record<string, number> = { P32: 32, P48b: 48, P64: 64, P64b: 64, P64pol: 64, P96j: 96, P128: 128, P20: 64, Pout: 128 };
const speech = process.env.THRANIO_SPEECH ?? '';
const said = readWav(readFileSync(speech));
const seconds = Number(process.env.THRANIO_SECONDS ?? 60);
const recordSeconds = 20;
const tapes = process.env.THRANIO_TAPES; // a folder: what the lines told is kept there (tests/unit/rtp/tapes)

// Slides on her screen that change when told to.
function turnableSlides(): void {
  const draw = (number: number) => {
    const context = window.screenCanvas.getContext('2d')!;
    context.fillStyle = '#fffdf5';
    context.fillRect(0, 0, 1280, 720);
    context.fillStyle = '#123';
    context.font = 'bold 56px sans-serif';
    context.fillText(`Slide ${number}: waves and sound`, 80, 110);
    context.font = '36px sans-serif';
    for (let line = 0; line < 7; ++line) context.fillText(`${number}.${line + 1}  The ${line + 2}th harmonic of string ${number * 7 + line} is ${(number * 37 + line * 110) % 900} Hz`, 100, 200 + line * 64);
    context.strokeStyle = '#b33';
    context.lineWidth = 6;
    context.beginPath();
    for (let x = 0; x < 1100; x += 5) context.lineTo(90 + x, 670 + 30 * Math.sin((x * number) / 70));
    context.stroke();
  };
  let shown = 0;
  (window as unknown as { turn: (n: number) => void }).turn = (n) => draw((shown = n));
  window.drawScreen = () => draw(shown);
}

// Keeps what the student hears, and how her slide looks: 64 by 36 grey values.
function studentEars(): void {
  const w = window as unknown as { record: (seconds: number) => Promise<number[]>; slideSeen: () => number[] };
  w.record = async (length) => {
    const voice = window.peers.flatMap((peer) => peer.getReceivers()).find((receiver) => receiver.track.kind === 'audio')!;
    const context = new AudioContext({ sampleRate: 16_000 });
    const node = context.createScriptProcessor(4096, 1, 1);
    const samples: number[] = [];
    context.createMediaStreamSource(new MediaStream([voice.track])).connect(node);
    node.connect(context.destination);
    await new Promise<void>((done) => {
      node.onaudioprocess = (event) => {
        samples.push(...event.inputBuffer.getChannelData(0));
        if (samples.length >= length * 16_000) done();
      };
    });
    await context.close();
    return samples.map((sample) => Math.round(sample * 32767));
  };
  w.slideSeen = () => {
    const shown = [...document.querySelectorAll<HTMLCanvasElement | HTMLVideoElement>('.screen-still, .screen-picture')].find((element) => !element.hidden);
    if (!shown) return [];
    const small = document.createElement('canvas');
    small.width = 160;
    small.height = 90;
    const context = small.getContext('2d')!;
    context.imageSmoothingQuality = 'high';
    context.drawImage(shown, 0, 0, 160, 90);
    return [...context.getImageData(0, 0, 160, 90).data].filter((_, i) => i % 4 === 1);
  };
}

// What the class's socket brought: her line as the server knows it, and bytes of pictures.
function socketEars(): void {
  const w = window as unknown as { socket: { line: string; pictures: number; text: number; opened: number } };
  w.socket = { line: '', pictures: 0, text: 0, opened: 0 };
  const Native = window.WebSocket;
  window.WebSocket = class extends Native {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      ++w.socket.opened;
      this.addEventListener('message', (event: MessageEvent) => {
        if (typeof event.data !== 'string') {
          w.socket.pictures += event.data instanceof ArrayBuffer ? event.data.byteLength : (event.data as Blob).size;
          return;
        }
        w.socket.text += event.data.length;
        if (event.data.includes('"kind":"line"')) w.socket.line = event.data.replace(/["{}]|kind:line,/g, '');
      });
    }
  };
}

// THRANIO_TRACE: when the student's connection came how far, in seconds since the page was opened.
function milestones(): void {
  const marks: Record<string, string> = {};
  (window as unknown as { marks: object }).marks = marks;
  const timer = setInterval(async () => {
    const mark = (what: string) => (marks[what] ??= (performance.now() / 1000).toFixed(1));
    for (const peer of window.peers) {
      mark('made');
      if (peer.remoteDescription) mark('answered');
      if (/connected|completed/.test(peer.iceConnectionState)) mark('ice');
      if (peer.connectionState === 'connected') mark('dtls');
      (await peer.getStats()).forEach((entry: RTCInboundRtpStreamStats) => {
        if (entry.type !== 'inbound-rtp' || entry.kind !== 'audio') return;
        if (entry.packetsReceived) mark('packet');
        if ((entry.totalSamplesReceived ?? 0) > (entry.concealedSamples ?? 0)) mark('sample');
        if ((entry.audioLevel ?? 0) > 0.01) {
          mark('word');
          clearInterval(timer);
        }
      });
    }
  }, 50);
}

// THRANIO_TRACE: what the page fetched until the first word, in seconds since it was opened.
function fetched(): string {
  const entries = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')] as PerformanceResourceTiming[];
  const at = (ms: number) => (ms / 1000).toFixed(1).padStart(5);
  return entries.map((entry) => `  asked ${at(entry.requestStart)} answered ${at(entry.responseStart)} whole ${at(entry.responseEnd)}  ${String(entry.encodedBodySize).padStart(6)}  ${new URL(entry.name).pathname}`).join('\n');
}

// THRANIO_TRACE: every two seconds a line of what the link carried and the student's browser counted.
async function trace(student: Page, link: PoorLink, opened: number, ended: { now: boolean }): Promise<void> {
  let [before, heardBefore] = [await link.carried(), { concealed: 0, samples: 0, asked: 0 }];
  while (!ended.now) {
    await wait(2000);
    if (ended.now) return;
    const carried = await link.carried();
    const rate = (a: number, b: number) => (((a - b) * 8) / 2000).toFixed(0).padStart(4);
    const heard = await Promise.race([hear(student).catch(() => undefined), wait(1000).then(() => undefined)]);
    const socket = await Promise.race([student.evaluate(() => (window as unknown as { socket: object }).socket).catch(() => undefined), wait(1000)]);
    console.log(
      `  ${((Date.now() - opened) / 1000).toFixed(0).padStart(4)} s  down ${rate(carried.down.delivered_bytes, before.down.delivered_bytes)} of ${rate(carried.down.offered_bytes, before.down.offered_bytes)}` +
        ` up ${rate(carried.up.delivered_bytes, before.up.delivered_bytes)} of ${rate(carried.up.offered_bytes, before.up.offered_bytes)} full ${carried.down.queue_full}/${carried.up.queue_full} p95 ${carried.down.wait_ms_p95}/${carried.up.wait_ms_p95}` +
        (heard ? `  concealed ${heard.concealed - heardBefore.concealed} of ${heard.samples - heardBefore.samples}, asked ${heard.asked - heardBefore.asked}` : '  page not asked') +
        `  ${JSON.stringify(socket ?? {})}`,
    );
    before = carried;
    if (heard) heardBefore = heard;
  }
}

function alike(a: number[], b: number[]): number {
  if (a.length === 0 || a.length !== b.length) return 0;
  const mean = (v: number[]) => v.reduce((s, x) => s + x, 0) / v.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((x, i) => {
    const y = b[i]!;
    ab += (x - ma) * (y - mb);
    aa += (x - ma) ** 2;
    bb += (y - mb) ** 2;
  });
  return ab / Math.sqrt(aa * bb || 1);
}

const table: string[] = [];
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)); // what is measured is time

async function until(page: Page, what: () => Promise<boolean>, patienceMs: number): Promise<number> {
  const since = Date.now();
  while (Date.now() - since < patienceMs) {
    if (await what()) return (Date.now() - since) / 1000;
    await page.waitForTimeout(100);
  }
  return Number.NaN;
}

// Sessions that were given up included.
const hearAll = (page: Page) => page.evaluate(() => window.hear(true));

const outageEndsMs = 40_000; // of Pout (tests/support/link_profiles.cpp)

// How long after an outage a word is heard again, and how long after it she has of the lesson what she had before.
async function comesBack(student: Page, ends: number): Promise<string> {
  const rung = () => student.evaluate(() => /rung:([\w-]+)/.exec((window as unknown as { socket: { line: string } }).socket.line)?.[1] ?? 'all');
  await wait(ends - 12_000 - Date.now());
  const before = await rung();
  await wait(ends - Date.now());
  const { spoken } = await hearAll(student);
  await until(student, async () => (await hearAll(student)).spoken > spoken, 60_000);
  const voice = (Date.now() - ends) / 1000;
  await until(student, async () => (await rung()) === before, 60_000);
  return `  the voice was back after ${voice.toFixed(1)} s, ${before} after ${((Date.now() - ends) / 1000).toFixed(1)} s`;
}

async function lesson(profile: string, ladder: boolean): Promise<void> {
  const link = await PoorLink.open(profile, Number(process.env.THRANIO_SEED ?? 1));
  const binary = process.env.THRANIO_BINARY ?? new URL('../../../build/thranio', import.meta.url).pathname;
  const server = new Server(['--public-address', link.nearAddress, ...(ladder ? [] : ['--no-ladder']), ...(tapes ? ['--line-tapes', tapes] : [])], '0.0.0.0', link.within(link.near, binary));
  const closing: (() => Promise<unknown>)[] = [];
  const ended = { now: false };
  try {
    await server.start();
    const port = new URL(server.origin).port;
    const origin = `http://${link.nearAddress}:${port}`;
    const safe = [`--unsafely-treat-insecure-origin-as-secure=${origin}`, `--use-file-for-fake-audio-capture=${speech}`];
    // REST is spoken from the near end, as the server is not reachable from here.
    const desk = await link.browser(link.near, safe);
    closing.push(() => desk.close());
    const teacher = await (await desk.newContext({ locale: 'en-GB' })).newPage();
    await teacher.addInitScript(drawnDevices);
    await teacher.addInitScript(turnableSlides);
    await teacher.goto(`${origin}/healthz`);
    server.origin = origin;
    const school = await School.open(server, 'Waves and sound', (path, init) =>
      teacher.evaluate(
        async ([url, options]) => {
          const response = await fetch(url as string, options as RequestInit);
          return { ok: response.ok, status: response.status, text: await response.text() };
        },
        [path, init] as const,
      ),
    );
    await teacher.goto(await school.link({ role: 'teacher' }));
    await teacher.getByRole('button', { name: /Start the lesson|Go on with the lesson/ }).click();
    await teacher.getByText('You are heard and seen.').waitFor();
    await teacher.evaluate(() => (window as unknown as { turn: (n: number) => void }).turn(1));
    await teacher.getByRole('button', { name: 'Share screen' }).click();
    const studentLink = await school.link({ role: 'guest', name: 'Nikos' });

    const away = await link.browser(link.far, safe);
    closing.push(() => away.close());
    const student = await (await away.newContext({ locale: 'en-GB', viewport: { width: 900, height: 640 } })).newPage();
    await student.addInitScript(installProbe);
    await student.addInitScript(studentEars);
    await student.addInitScript(socketEars);
    if (process.env.THRANIO_TRACE) await student.addInitScript(milestones);
    const opened = Date.now();
    if (process.env.THRANIO_TRACE) void trace(student, link, opened, ended).catch(() => undefined);
    await student.goto(studentLink, { timeout: 120_000 });
    await student.getByRole('button', { name: 'Enter' }).click({ timeout: 120_000 });
    await until(student, async () => (await hear(student)).level > 0.01, 120_000);
    const firstWord = (Date.now() - opened) / 1000;
    if (process.env.THRANIO_TRACE) {
      console.log(await student.evaluate(fetched));
      console.log(`  ${await student.evaluate(() => JSON.stringify((window as unknown as { marks: object }).marks))}`);
    }
    const seen = () => student.evaluate(() => (window as unknown as { slideSeen: () => number[] }).slideSeen());
    const meant = (n: number) =>
      teacher.evaluate((number) => {
        (window as unknown as { turn: (n: number) => void }).turn(number);
        const small = document.createElement('canvas');
        small.width = 160;
        small.height = 90;
        const context = small.getContext('2d')!;
        context.imageSmoothingQuality = 'high';
        return new Promise<number[]>((resolve) =>
          setTimeout(() => {
            context.drawImage(window.screenCanvas, 0, 0, 160, 90);
            resolve([...context.getImageData(0, 0, 160, 90).data].filter((_, i) => i % 4 === 1));
          }, 700),
        );
      }, n);
    // The first slide, from opening the page.
    let last = await meant(1);
    await until(student, async () => alike(await seen(), last) > 0.9, 90_000);
    const firstSlide = (Date.now() - opened) / 1000;

    await wait(10_000); // the ladder settles
    await link.change(profile); // what changes with time begins now
    await link.fresh();
    const [before, atBegin] = [await hearAll(student), Date.now()];
    const back = profile === 'Pout' ? comesBack(student, atBegin + outageEndsMs) : Promise.resolve('');
    const recorded = student.evaluate((length) => (window as unknown as { record: (s: number) => Promise<number[]> }).record(length), recordSeconds);
    const slideTimes: number[] = [];
    for (let slide = 2; Date.now() - atBegin < seconds * 1000; ++slide) {
      const turned = Date.now();
      const target = await meant(slide);
      const before = last;
      last = target;
      let best = 0;
      const took = await until(
        student,
        async () => {
          const now = await seen();
          best = Math.max(best, alike(now, target));
          return alike(now, target) > 0.9 && alike(now, target) > alike(now, before);
        },
        30_000,
      );
      if (Number.isNaN(took)) console.log(`  slide ${slide} not seen: ${best.toFixed(3)} alike at best`);
      slideTimes.push((Date.now() - turned) / 1000);
      if (process.env.THRANIO_TRACE) console.log(`  slide ${slide} after ${slideTimes.at(-1)!.toFixed(1)} s`);
      await wait(Math.max(0, 20_000 - (Date.now() - turned)));
    }
    const [after, carried, passed] = [await hearAll(student), await link.carried(), (Date.now() - atBegin) / 1000];
    const heard = { rate: 16_000, samples: Float32Array.from(await recorded, (sample) => sample / 32768) };
    await shoot(student, `lifeline-${profile}-${ladder ? 'thranio' : 'plain'}`);
    const concealed = (100 * (after.concealed - before.concealed)) / Math.max(1, after.samples - before.samples);
    const down = (carried.down.delivered_bytes * 8) / 1000 / passed;
    const row = [
      profile.padEnd(7),
      ladder ? 'thranio' : 'plain  ',
      firstWord.toFixed(1).padStart(6),
      firstSlide.toFixed(1).padStart(6),
      concealed.toFixed(2).padStart(7),
      understood(said, heard).toFixed(3).padStart(6),
      Math.max(...slideTimes).toFixed(1).padStart(6),
      String(carried.down.wait_ms_p95).padStart(6),
      down.toFixed(1).padStart(6),
      (kilobits[profile] ? `${((100 * down) / kilobits[profile]!).toFixed(0)} %` : '').padStart(5),
      ((carried.up.delivered_bytes * 8) / 1000 / passed).toFixed(1).padStart(6),
      ((after.framesDecoded - before.framesDecoded) / passed).toFixed(1).padStart(5),
    ].join('  ');
    const rows = [row, await back].filter((text) => text !== '');
    table.push(...rows);
    console.log(rows.join('\n'));
  } finally {
    ended.now = true;
    if (process.env.THRANIO_SHOW_LOG) console.log(server.log);
    for (const close of closing) await close().catch(() => undefined);
    await server.stop();
    link.close();
  }
}

test('a lesson on poor links', async () => {
  test.setTimeout(3_600_000);
  if (linkMissing()) throw new Error(linkMissing());
  const head = `link     server   first  first  conceal under-   slide  queue   down   used     up  frames
                 word s slide s      % stood  worst s p95 ms kbit/s        kbit/s    /s`;
  console.log(head);
  for (const profile of profiles)
    for (const ladder of process.env.THRANIO_ONLY ? [true] : [true, false])
      await lesson(profile, ladder).catch((fault: unknown) => console.log(`${profile} ${ladder ? 'thranio' : 'plain'}: ${String(fault).slice(0, 300)}`));
  console.log([head, ...table].join('\n'));
});
