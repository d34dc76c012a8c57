// What a lesson costs a student in data (tests/bench/run bytes): 45 minutes, 30 slides, 25 people, by kind of message,
// beside the same slides as a shared screen. The lesson is played faster: its events come one after the other, and what
// costs by time (voice, faces, keep-alives) is measured as it runs and scaled. Bytes are the browser's own count: HTTP with
// its headers, WebSocket frames packed as the server packs them, RTP with UDP and IP; TCP's, IP's and TLS's own are not in.
import { createDeflateRaw, constants } from 'node:zlib';
import { type CDPSession, expect, type Page } from '@playwright/test';
import { desktop, enter, phone, sit, teach, test } from '../support/classroom.ts';
import { drawnDevices } from '../support/drawn-devices.ts';
import { makePdf, type Picture } from '../support/pdf.ts';
import { School } from '../support/school.ts';
import { Server } from '../support/server.ts';
import { speakIn } from '../support/tone.ts';

const lessonSeconds = 45 * 60;
const slides = Number(process.env.THRANIO_SLIDES ?? 30);
const videoSeconds = 180; // of the screen as video: two slides
const pointed = { seconds: 10, inLesson: 150 };
const spoken = { seconds: 10, inLesson: 180 }; // by a classmate who has the floor
const headings = Array.from({ length: slides }, (_, at) => `${at + 1}. Waves and sound`);

// A third of the slides have a photograph: soft shades with grain, as a camera takes them.
function photograph(at: number): Picture | undefined {
  if (at % 3 !== 1) return undefined;
  const [width, height] = [400, 300];
  const rgb = Buffer.alloc(width * height * 3);
  let grain = at + 1;
  for (let y = 0; y < height; ++y)
    for (let x = 0; x < width; ++x) {
      grain = (Math.imul(grain, 1_103_515_245) + 12_345) >>> 0;
      const wave = Math.sin((x * (at + 3)) / 90 + Math.sin(y / 25) * 2) * Math.cos(y / (30 + at));
      for (let c = 0; c < 3; ++c) rgb[(y * width + x) * 3 + c] = Math.max(0, Math.min(255, 128 + 90 * wave * (1 - c / 4) + (grain >>> 28) - 8));
    }
  return { width, height, rgb };
}

interface Cost {
  messages: number;
  down: number;
  up: number;
}

// What costs as long as the lesson lasts, whatever happens in it.
const byTime = ['keep-alives', 'her line, as the server sees it', 'faces, still'];
const named: Record<string, string> = {
  hello: 'entering', welcome: 'entering', stage: 'entering', lesson: 'entering', media: 'entering', limit: 'entering', layers: 'entering',
  ping: 'keep-alives', pong: 'keep-alives',
  line: 'her line, as the server sees it',
  page: 'page turns, parts shown large', pointer: 'pointer',
  stroke: 'strokes', ink: 'strokes', read_ink: 'strokes', stroke_back: 'strokes',
  chat: 'chat', chat_deleted: 'chat', reactions: 'reactions', reaction: 'reactions',
  poll: 'polls', poll_answer: 'polls', poll_answered: 'polls', poll_closed: 'polls',
  signal: 'hands and signals', hand: 'hands and signals',
  floor_given: 'floor', floor_ended: 'floor',
  joined: 'people', left: 'people', changed: 'people', count: 'people',
  accepted: 'answers to what she sent',
};

class Meter {
  readonly costs = new Map<string, Cost>();
  private readonly paths = new Map<string, string>();
  private packed = createDeflateRaw({ windowBits: 10, memLevel: 2, level: 8 });
  private work = Promise.resolve(); // frames are packed in their order

  static async of(page: Page): Promise<Meter> {
    const meter = new Meter();
    const browser = await page.context().newCDPSession(page);
    await meter.listen(browser);
    return meter;
  }

  add(kind: string, down: number, up = 0, messages = 1): void {
    const cost = this.costs.get(kind) ?? { messages: 0, down: 0, up: 0 };
    this.costs.set(kind, { messages: cost.messages + messages, down: cost.down + down, up: cost.up + up });
  }

  async settled(): Promise<Map<string, Cost>> {
    await this.work;
    return new Map([...this.costs].map(([kind, cost]) => [kind, { ...cost }]));
  }

  private async listen(browser: CDPSession): Promise<void> {
    browser.on('Network.requestWillBeSent', ({ requestId, request }) => {
      const { pathname, searchParams } = new URL(request.url);
      const width = searchParams.get('width');
      this.paths.set(requestId, width ? `slides, ${width} pixels wide` : pathname.startsWith('/api/') ? 'REST, media set up' : 'the page itself');
    });
    browser.on('Network.requestWillBeSentExtraInfo', ({ requestId, headers }) => {
      const said = Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length + 4, 60);
      this.add(this.paths.get(requestId) ?? 'REST, media set up', 0, said, 0);
    });
    browser.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => this.add(this.paths.get(requestId) ?? 'the page itself', encodedDataLength));
    browser.on('Network.webSocketFrameReceived', ({ response }) => this.frame(response, 'down'));
    browser.on('Network.webSocketFrameSent', ({ response }) => this.frame(response, 'up'));
    await browser.send('Network.enable');
  }

  // The server packs messages of 512 bytes and more, one stream a socket (server/http/connection.cpp).
  private frame({ opcode, payloadData }: { opcode: number; payloadData: string }, way: 'down' | 'up'): void {
    const bytes = opcode === 1 ? Buffer.from(payloadData) : Buffer.from(payloadData, 'base64');
    this.work = this.work.then(async () => {
      const carried = way === 'down' && bytes.length >= 512 ? await this.pack(bytes) : bytes.length;
      const head = (carried < 126 ? 2 : carried < 65_536 ? 4 : 10) + (way === 'up' ? 4 : 0);
      const count = (kind: string, share: number) => this.add(kind, way === 'down' ? share : 0, way === 'up' ? share : 0);
      if (opcode !== 1) return count(opcode === 2 ? 'faces, still' : 'keep-alives', carried + head);
      const message = JSON.parse(payloadData) as { kind: string; events?: { kind: string }[] };
      for (const event of message.events ?? [message]) {
        const share = message.events ? JSON.stringify(event).length / bytes.length : 1;
        count(named[event.kind] ?? event.kind, (carried + head) * share);
      }
    });
  }

  private pack(bytes: Buffer): Promise<number> {
    return new Promise((done) => {
      let size = 0;
      const read = (piece: Buffer) => (size += piece.length);
      this.packed.on('data', read);
      this.packed.write(bytes);
      this.packed.flush(constants.Z_SYNC_FLUSH, () => {
        this.packed.off('data', read);
        done(size - 4); // RFC 7692 section 7.2.1: the empty block's end is not sent
      });
    });
  }
}

interface Flow {
  voice: number;
  video: number;
  control: number;
  up: number;
}

// What her media carried so far: RTP as it came, with SRTP's tag (16), UDP (8) and IP (20). A frame of RTCP costs the
// same; so does a consent check, of about 100 bytes (RFC 7675).
const flow = (page: Page): Promise<Flow> =>
  page.evaluate(async () => {
    const sum = { voice: 0, video: 0, control: 0, up: 0 };
    for (const peer of window.peers) {
      if (peer.connectionState === 'closed') continue;
      let media = 0;
      let carried = 0;
      (await peer.getStats()).forEach((entry) => {
        if (entry.type === 'inbound-rtp') {
          const stats = entry as RTCInboundRtpStreamStats & { headerBytesReceived?: number };
          const bytes = (stats.bytesReceived ?? 0) + (stats.headerBytesReceived ?? 0) + (stats.packetsReceived ?? 0) * 44;
          if (stats.kind === 'audio') sum.voice += bytes;
          else sum.video += bytes;
          media += (stats.bytesReceived ?? 0) + (stats.headerBytesReceived ?? 0) + (stats.packetsReceived ?? 0) * 16;
        }
        if (entry.type === 'candidate-pair' && (entry as RTCIceCandidatePairStats).nominated) {
          const pair = entry as RTCIceCandidatePairStats & { packetsSent?: number };
          sum.control += ((pair.responsesReceived ?? 0) + (pair.requestsReceived ?? 0)) * 128;
          sum.up += (pair.bytesSent ?? 0) + (pair.packetsSent ?? 0) * 28 + ((pair.requestsSent ?? 0) + (pair.responsesSent ?? 0)) * 128;
          carried = pair.bytesReceived ?? 0;
        }
      });
      sum.control += Math.max(0, carried - media);
    }
    return sum;
  });

const wait = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)); // what is measured is time

async function kilobits(page: Page, seconds: number): Promise<Flow> {
  const [from, since] = [await flow(page), Date.now()];
  await wait(seconds);
  const [to, passed] = [await flow(page), (Date.now() - since) / 1000];
  const rate = (what: keyof Flow) => ((to[what] - from[what]) * 8) / 1000 / passed;
  return { voice: rate('voice'), video: rate('video'), control: rate('control'), up: rate('up') };
}

// The screen shows the picture that it is told to.
function turnablePicture(): void {
  let shown: HTMLImageElement | undefined;
  (window as unknown as { turn: (url: string) => Promise<void> }).turn = async (url) => {
    const next = new Image();
    next.src = url;
    await next.decode();
    shown = next;
  };
  window.drawScreen = () => shown && window.screenCanvas.getContext('2d')!.drawImage(shown, 0, 0, 1280, 720);
}

// The class around her: sockets of a page that has nothing to show. `say` sends as one of them, and is answered.
async function classmates(page: Page, server: Server, lesson: string, links: string[]): Promise<(who: number, message: object) => Promise<void>> {
  await page.goto(`${server.origin}/healthz`);
  await page.evaluate(
    async ([url, tokens]) => {
      const sockets = (tokens as string[]).map((token) => {
        const socket = new WebSocket(url as string, 'thranio.v1');
        socket.onopen = () => socket.send(JSON.stringify({ kind: 'hello', token }));
        setInterval(() => socket.readyState === WebSocket.OPEN && socket.send('{"kind":"ping","nonce":1}'), 10_000);
        return socket;
      });
      const here = (socket: WebSocket) =>
        new Promise<void>((done) => socket.addEventListener('message', ({ data }) => String(data).includes('"kind":"welcome"') && done()));
      await Promise.all(sockets.map(here));
      let refs = 0;
      (window as unknown as { say: unknown }).say = (who: number, message: object) =>
        new Promise<void>((done, failed) => {
          const ref = ++refs;
          const listen = ({ data }: MessageEvent) => {
            const text = String(data);
            if (text.includes(`"ref":${ref}`) === false) return;
            sockets[who]!.removeEventListener('message', listen);
            if (text.includes('"kind":"error"')) failed(new Error(text));
            else done();
          };
          sockets[who]!.addEventListener('message', listen);
          sockets[who]!.send(JSON.stringify({ ...message, ref }));
        });
    },
    [`${server.origin.replace('http', 'ws')}/api/v1/lessons/${lesson}/live`, links.map((link) => link.split('#')[1]!)] as const,
  );
  return (who, message) => page.evaluate(([i, m]) => (window as unknown as { say: (i: unknown, m: unknown) => Promise<void> }).say(i, m), [who, message] as const);
}

const slide = (page: Page) => page.locator('.slide img');
const bytes = (count: number) => (count < 1e6 ? `${(count / 1000).toFixed(1)} kB` : `${(count / 1e6).toFixed(2)} MB`).padStart(10);

test('the bytes of a lesson', async ({ browser }) => {
  test.setTimeout(2_400_000);
  const server = new Server();
  await server.start();
  const school = await School.open(server);
  const teacher = await sit(browser, { viewport: desktop });
  await teacher.addInitScript(drawnDevices);
  await teacher.addInitScript(turnablePicture);
  teacher.setDefaultTimeout(30_000);
  const teacherLink = await school.link({ role: 'teacher' });
  await teach(teacher, teacherLink);
  const others = await Promise.all(Array.from({ length: 22 }, (_, i) => school.link({ role: 'guest', name: `Student ${i + 1}` })));
  // Number 0 is the teacher, in a second tab; twelve of the students are 1 to 12.
  const say = await classmates(await sit(browser), server, school.lesson, [teacherLink, ...others.slice(0, 12)]);
  const speaker = await sit(browser);
  speaker.setDefaultTimeout(30_000);
  await speakIn(speaker, 700);
  await enter(speaker, await school.link({ role: 'guest', name: 'Eleni' }));
  await teacher.getByRole('tab', { name: 'Slides' }).click();
  await teacher.locator('input[type=file]').setInputFiles({ name: 'Waves.pdf', mimeType: 'application/pdf', buffer: makePdf(headings, photograph) });
  await expect(teacher.getByText(`${slides} pages`)).toBeVisible({ timeout: 900_000 }); // a conversion gives way to everything else

  const student = await sit(browser, { viewport: phone, hasTouch: true, deviceScaleFactor: 2, serviceWorkers: 'block' });
  student.setDefaultTimeout(30_000);
  const meter = await Meter.of(student);
  const pictures: Promise<string>[] = [];
  student.on('response', (response) => {
    if (response.url().includes('width=') && pictures.length < 2)
      pictures.push(response.body().then((body) => `data:${response.headers()['content-type']};base64,${body.toString('base64')}`));
  });
  const since = Date.now();
  await enter(student, await school.link({ role: 'guest', name: 'Nikos' }));
  await expect(student.getByRole('button', { name: 'Raise hand' })).toBeVisible();
  await student.getByLabel(/data/i).selectOption('thrifty');
  await teacher.getByRole('button', { name: 'Show Waves' }).click();

  await classmates(await sit(browser), server, school.lesson, others.slice(12)); // ten come later
  for (let page = 1; page <= slides; ++page) {
    if (page > 1) {
      await teacher.getByRole('spinbutton', { name: /Page/ }).fill(String(page));
      await teacher.keyboard.press('Enter');
    }
    await expect(slide(student)).toHaveAttribute('alt', `Slide ${page} of ${slides}`);
    await expect.poll(() => slide(student).evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth)).toBeGreaterThan(300);
    if (page % 5 === 1) console.log(`slide ${page}`);
    // Two strokes a slide, of about forty points.
    await teacher.getByLabel('Tool').selectOption(page % 2 ? 'pen' : 'highlighter');
    const box = (await teacher.locator('.slide').boundingBox())!;
    for (const stroke of [0, 1]) {
      await teacher.mouse.move(box.x + box.width * 0.2, box.y + box.height * (0.3 + 0.2 * stroke));
      await teacher.mouse.down();
      for (let point = 1; point <= 40; ++point)
        await teacher.mouse.move(box.x + box.width * (0.2 + 0.015 * point), box.y + box.height * (0.3 + 0.2 * stroke + 0.04 * Math.sin(point / 3)));
      await teacher.mouse.up();
    }
    // Two lines of chat a slide; one in six is hers. A reaction, now and then a signal, a hand, a part shown large.
    for (const line of [0, 1]) {
      const who = 1 + ((page * 2 + line) % 12);
      if ((page * 2 + line) % 6 === 0) {
        await student.getByRole('button', { name: /^Chat/ }).tap();
        await student.getByLabel('Your line').fill(`Does wave ${page} carry energy, too?`);
        await student.keyboard.press('Enter');
        await expect(student.getByLabel('Your line')).toHaveValue('');
        await student.getByRole('button', { name: 'Close' }).tap();
      } else await say(who, { kind: 'chat', text: `Is it the wave that moves (${page}), or what it moves in?` });
    }
    await say(1 + (page % 12), { kind: 'reaction', reaction: page % 2 ? 'yes' : 'clap' });
    if (page % 5 === 0) await say(1 + (page % 12), { kind: 'signal', signal: 'slower' });
    if (page % 6 === 0) {
      await student.getByRole('button', { name: 'Raise hand' }).tap();
      await student.getByRole('button', { name: 'Lower hand' }).tap();
      await teacher.getByRole('button', { name: 'Larger' }).click();
      await teacher.getByRole('button', { name: 'Whole page' }).click();
    }
    // Three polls.
    if (page % 10 === 0) {
      await say(0, { kind: 'poll_open', question: `What does wave ${page} carry?`, choice: 'single', choices: ['Matter', 'Energy', 'Both of them', 'Nothing at all'] });
      await student.getByRole('radio', { name: 'Energy' }).check();
      await student.getByRole('button', { name: /^Answer$/ }).tap();
      await teacher.getByRole('tab', { name: /^Poll/ }).click();
      await expect(teacher.locator('.running .count').nth(1)).toHaveText('1');
      await teacher.getByRole('button', { name: /Close|End/ }).last().click();
      await student.getByRole('button', { name: 'Close' }).tap(); // the sheet that a question opens
    }
  }
  // A classmate has the floor.
  await teacher.getByRole('tab', { name: /^People/ }).click();
  await teacher.getByRole('button', { name: 'Give the floor to Eleni' }).click();
  await speaker.getByRole('button', { name: 'Switch on the microphone' }).click();
  await expect(student.getByText('Speaking: Eleni')).toBeVisible();
  const floor = await kilobits(student, spoken.seconds);
  await teacher.getByRole('button', { name: 'Take the floor back from Eleni' }).click();
  await expect(student.getByText('Speaking: Eleni')).toHaveCount(0);
  // The pointer moves as fast as in a lesson, ten seconds long.
  await teacher.getByLabel('Tool').selectOption('pointer');
  const box = (await teacher.locator('.slide').boundingBox())!;
  for (let move = 0; move < pointed.seconds * 20; ++move) {
    await teacher.mouse.move(box.x + box.width * (0.5 + 0.3 * Math.cos(move / 9)), box.y + box.height * (0.5 + 0.3 * Math.sin(move / 9)));
    await wait(0.05);
  }
  const costs = await meter.settled();
  const passed = (Date.now() - since) / 1000;
  const low = await kilobits(student, 60);
  await student.getByLabel(/data/i).selectOption('all');
  await expect.poll(async () => (await flow(student)).video, { timeout: 60_000 }).toBeGreaterThan(0);
  await wait(20);
  const rich = await kilobits(student, 30);
  const pages = await Promise.all(pictures);
  await server.stop();

  // The same slides as a shared screen, by the plain forward.
  const plain = new Server(['--no-ladder']);
  await plain.start();
  const second = await School.open(plain);
  const sharer = await sit(browser, { viewport: desktop });
  await sharer.addInitScript(drawnDevices);
  await sharer.addInitScript(turnablePicture);
  await teach(sharer, await second.link({ role: 'teacher' }));
  await sharer.evaluate((url) => (window as unknown as { turn: (url: string) => Promise<void> }).turn(url), pages[0]!);
  await sharer.getByRole('button', { name: 'Share screen' }).click();
  const watcher = await sit(browser, { viewport: phone, hasTouch: true });
  await enter(watcher, await second.link({ role: 'guest', name: 'Nikos' }));
  await expect.poll(async () => watcher.evaluate(() => window.look('.screen-picture').width), { timeout: 60_000 }).toBeGreaterThan(600);
  const halves: { screen: number; camera: number; voice: number }[] = [];
  for (const url of [pages[1]!, pages[0]!]) {
    await sharer.evaluate((to) => (window as unknown as { turn: (url: string) => Promise<void> }).turn(to), url);
    const [from, at] = [await slots(watcher), Date.now()];
    await wait(videoSeconds / 2 - (Date.now() - at) / 1000);
    const to = await slots(watcher);
    halves.push({ screen: to.screen - from.screen, camera: to.camera - from.camera, voice: to.voice - from.voice });
  }
  await plain.stop();

  const table: [string, Cost, string][] = [];
  for (const [kind, cost] of costs) {
    const scale = byTime.includes(kind) ? lessonSeconds / passed : kind === 'pointer' ? pointed.inLesson / pointed.seconds : 1;
    table.push([kind, { messages: cost.messages * scale, down: cost.down * scale, up: cost.up * scale }, scale === 1 ? '' : `x ${scale.toFixed(1)}`]);
  }
  const whole = (rate: number) => (rate * 1000 * lessonSeconds) / 8;
  const scaled = `60 s, x ${(lessonSeconds / 60).toFixed(0)}`;
  table.push(['voice, smallest of an easy line (voice-low)', { messages: 0, down: whole(low.voice), up: 0 }, scaled]);
  table.push(['control of the media (RTCP, consent)', { messages: 0, down: whole(low.control), up: whole(low.up) }, scaled]);
  const secondVoice = ((floor.voice - low.voice) * 1000 * spoken.inLesson) / 8;
  table.push(['a classmate\'s voice from the floor, 3 minutes', { messages: 0, down: secondVoice, up: 0 }, `x ${spoken.inLesson / spoken.seconds}`]);
  const sum = { messages: 0, down: 0, up: 0 };
  console.log(`${'kind'.padEnd(46)} ${'count'.padStart(7)} ${'down'.padStart(10)} ${'up'.padStart(10)}  scaled`);
  for (const [kind, cost, note] of table.sort((a, b) => b[1].down + b[1].up - a[1].down - a[1].up)) {
    console.log(`${kind.padEnd(46)} ${cost.messages.toFixed(0).padStart(7)} ${bytes(cost.down)} ${bytes(cost.up)}  ${note}`);
    sum.down += cost.down;
    sum.up += cost.up;
  }
  console.log(`${'the lesson, voice and slides only'.padEnd(46)} ${''.padStart(7)} ${bytes(sum.down)} ${bytes(sum.up)}`);
  console.log(`voice as the teacher sends it: ${rich.voice.toFixed(1)} kbit/s, ${bytes(whole(rich.voice))} a lesson; her face: ${rich.video.toFixed(0)} kbit/s, ${bytes(whole(rich.video))}`);
  const total = (what: 'screen' | 'camera' | 'voice') => (halves.reduce((all, half) => all + half[what], 0) * lessonSeconds) / videoSeconds;
  console.log(`the same slides as a shared screen (1280 x 720, ${videoSeconds} s and two slides, x ${lessonSeconds / videoSeconds}): ${bytes(total('screen'))}; voice ${bytes(total('voice'))}, face ${bytes(total('camera'))}`);
  expect(sum.down).toBeGreaterThan(1e6); // an empty table is no measurement
  expect(total('screen')).toBeGreaterThan(1e6);
});

// Bytes so far of the voice, and of each picture by its size.
function slots(page: Page): Promise<{ voice: number; screen: number; camera: number }> {
  return page.evaluate(async () => {
    const sum = { voice: 0, screen: 0, camera: 0 };
    const screen = document.querySelector<HTMLVideoElement>('.screen-picture')?.srcObject as MediaStream | null;
    const shared = new Set(screen?.getVideoTracks().map((track) => track.id));
    for (const peer of window.peers) {
      if (peer.connectionState === 'closed') continue;
      (await peer.getStats()).forEach((entry) => {
        if (entry.type !== 'inbound-rtp') return;
        const stats = entry as RTCInboundRtpStreamStats & { headerBytesReceived?: number };
        const slot = stats.kind === 'audio' ? 'voice' : shared.has(stats.trackIdentifier) ? 'screen' : 'camera';
        sum[slot] += (stats.bytesReceived ?? 0) + (stats.headerBytesReceived ?? 0) + (stats.packetsReceived ?? 0) * 44;
      });
    }
    return sum;
  });
}
