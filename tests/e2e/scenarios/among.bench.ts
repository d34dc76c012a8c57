// One student on 32 kbit/s among twenty on good lines (tests/bench/run among): does anybody notice? Two of the twenty are
// browsers, the others made ones. Prints what the browsers got in the same time without her, with her and after her. Needs root.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, type Page } from '@playwright/test';
import { hear, test } from '../support/classroom.ts';
import { installProbe } from '../support/page-probe.ts';
import { linkMissing, PoorLink } from '../support/poor-link.ts';
import { Server } from '../support/server.ts';

const binary = process.env.THRANIO_BINARY ?? new URL('../../../build/thranio', import.meta.url).pathname;
const seconds = Number(process.env.THRANIO_SECONDS || 45);
const made = 18;

interface Got {
  at: number; // ms
  bytes: number;
  frames: number;
  freezes: number;
  concealed: number;
  samples: number;
  waited: number; // s, of all samples and frames in the jitter buffers
  emitted: number;
  roundTrip: number; // s
}

const got = async (page: Page): Promise<Got> => {
  const heard = await hear(page);
  const sums = await page.evaluate(async () => {
    const sum = { at: performance.now(), bytes: 0, waited: 0, emitted: 0, roundTrip: 0 };
    for (const peer of window.peers)
      (await peer.getStats()).forEach((entry) => {
        if (entry.type === 'inbound-rtp') {
          sum.bytes += (entry.bytesReceived ?? 0) + (entry.headerBytesReceived ?? 0);
          if (entry.kind === 'video') {
            sum.waited += entry.jitterBufferDelay ?? 0;
            sum.emitted += entry.jitterBufferEmittedCount ?? 0;
          }
        }
        if (entry.type === 'candidate-pair' && entry.nominated) sum.roundTrip = entry.currentRoundTripTime ?? 0;
      });
    return sum;
  });
  return { ...sums, frames: heard.framesDecoded, freezes: heard.freezes, concealed: heard.concealed, samples: heard.samples };
};

const row = (what: string, a: Got, b: Got) => {
  const passed = (b.at - a.at) / 1000;
  const cells = [
    ((b.bytes - a.bytes) * 8) / passed / 1000,
    (b.frames - a.frames) / passed,
    b.freezes - a.freezes,
    (100 * (b.concealed - a.concealed)) / (b.samples - a.samples),
    (1000 * (b.waited - a.waited)) / Math.max(1, b.emitted - a.emitted),
    1000 * b.roundTrip,
  ];
  console.log(what.padEnd(28) + cells.map((cell, i) => cell.toFixed([0, 2, 0, 2, 0, 1][i]!).padStart(9)).join(''));
};

test('one weak student among twenty', async () => {
  test.setTimeout(600_000);
  const missing = linkMissing();
  test.skip(missing !== '', missing);
  const link = await PoorLink.open('P32');
  const server = new Server(['--demo', '--public-address', link.nearAddress, '--workers', '1'], '0.0.0.0', link.within(link.near, binary));
  const demo = await server.start('demo');
  const origin = `http://${link.nearAddress}:${new URL(server.origin).port}`;
  const url = String(demo.student_url).replace(/^http:\/\/[^/]+/, origin);
  const crowd = spawn(link.within(link.near, process.env.THRANIO_LOAD ?? ''), [
    '--students', String(made), '--seconds', '500',
    '--join', origin, '--lesson', String(demo.lesson_id), '--token', String(demo.student_token),
  ]);
  crowd.stderr.on('data', (text: Buffer) => console.error(text.toString()));
  console.log((await createInterface({ input: crowd.stdout })[Symbol.asyncIterator]().next()).value);
  const [near, far] = await Promise.all([link.browser(link.near), link.browser(link.far)]);
  const open = async (browser: typeof near) => {
    const page = await (await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 720 } })).newPage();
    await page.addInitScript(installProbe);
    await page.goto(url, { timeout: 90_000 });
    await page.getByRole('button', { name: 'Enter' }).click({ timeout: 60_000 });
    return page;
  };
  try {
    const mates = [await open(near), await open(near)];
    for (const mate of mates) await expect.poll(async () => (await hear(mate)).framesDecoded).toBeGreaterThan(250);
    console.log(`${''.padEnd(28)}   kbit/s frames/s  freezes made up%  wait ms   rtt ms`);
    const pause = () => new Promise((resolve) => setTimeout(resolve, seconds * 1000)); // what is measured is this time
    const before = await Promise.all(mates.map(got));
    await pause();
    const without = await Promise.all(mates.map(got));
    const weak = await open(far);
    await expect.poll(async () => (await hear(weak)).voicePackets, { timeout: 60_000 }).toBeGreaterThan(20);
    const joined = await Promise.all(mates.map(got));
    const weakJoined = await got(weak);
    await pause();
    const [withHer, weakAfter] = [await Promise.all(mates.map(got)), await got(weak)];
    await weak.close();
    const left = await Promise.all(mates.map(got));
    await pause();
    const afterHer = await Promise.all(mates.map(got));
    mates.forEach((_, i) => {
      row(`good ${i + 1}, without her`, before[i]!, without[i]!);
      row(`good ${i + 1}, while she joins`, without[i]!, joined[i]!);
      row(`good ${i + 1}, with her`, joined[i]!, withHer[i]!);
      row(`good ${i + 1}, after her`, left[i]!, afterHer[i]!);
    });
    row('she, on 32 kbit/s', weakJoined, weakAfter);
  } finally {
    crowd.kill('SIGINT');
    await Promise.race([once(crowd, 'exit'), new Promise((resolve) => setTimeout(resolve, 5000))]);
    await Promise.all([near.close(), far.close()]);
    await server.stop();
    link.close();
  }
});
