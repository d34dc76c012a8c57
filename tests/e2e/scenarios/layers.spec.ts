// The camera in several layers, as Chromium sends them: what nobody takes rests, and is back when somebody does.
import { expect, type Page } from '@playwright/test';
import { camera, enter, expectPicture, hear, phone, shoot, sit, teach, test } from '../support/classroom.ts';
import { expectNothingCutOff } from '../support/looks.ts';
import { School } from '../support/school.ts';
import { Server } from '../support/server.ts';

const server = new Server();
let school: School;
test.beforeAll(async () => {
  await server.start();
  school = await School.open(server, 'Layers of the air');
});
test.afterAll(() => server.stop());

interface Layer {
  rid: string;
  frames: number;
  height: number;
}

// What the teacher's camera sends, by rid.
function layers(teacher: Page): Promise<Layer[]> {
  return teacher.evaluate(async () => {
    const all: Layer[] = [];
    for (const peer of window.peers)
      if (peer.connectionState === 'connected')
        (await peer.getStats()).forEach((entry: RTCOutboundRtpStreamStats & { rid?: string }) => {
          if (entry.type === 'outbound-rtp' && entry.kind === 'video' && entry.rid)
            all.push({ rid: entry.rid, frames: entry.framesEncoded ?? 0, height: entry.frameHeight ?? 0 });
        });
    return all.sort((a, b) => a.height - b.height);
  });
}

// Which of them move within a second and a half.
async function moving(teacher: Page): Promise<string> {
  const before = new Map((await layers(teacher)).map((one) => [one.rid, one.frames]));
  await teacher.waitForTimeout(1500); // what is measured is time
  return (await layers(teacher))
    .filter((one) => one.frames > (before.get(one.rid) ?? 0))
    .map((one) => one.rid)
    .join('');
}

test('layers that nobody takes rest at the teacher, and come back without a freeze', async ({ browser }) => {
  const teacher = await sit(browser);
  await teach(teacher, await school.link({ role: 'teacher' }));
  await expect.poll(() => moving(teacher), { message: 'nobody is there: nothing is sent', timeout: 40_000 }).toBe('');

  const student = await sit(browser);
  await enter(student, await school.link({ role: 'guest', name: 'Nikos' }));
  await expectPicture(student, camera);
  await expect.poll(() => moving(teacher), { message: 'she takes the largest', timeout: 40_000 }).toBe('h');
  const tall = () => student.locator(camera).evaluate((video: HTMLVideoElement) => video.videoHeight);
  await expect.poll(tall, { timeout: 20_000 }).toBeGreaterThan(400);

  const data = student.getByLabel('Data for this lesson');
  await data.selectOption('Voice and slides only');
  await expect.poll(() => moving(teacher), { message: 'stills are made of the smallest', timeout: 40_000 }).toBe('l');

  await data.selectOption('As much as the link carries');
  await expectPicture(student, camera);
  await expect.poll(tall, { timeout: 40_000 }).toBeGreaterThan(400);
  const { freezes } = await hear(student);
  expect(freezes).toBeLessThanOrEqual(1); // the pause that she asked for

  // Little data for a lesson of an hour: the voice comes, and pictures stand still.
  await data.selectOption('At most 10 MB in this lesson');
  await expect(student.getByText(/Voice and still pictures, as you asked/)).toBeVisible({ timeout: 40_000 });
  await student.setViewportSize(phone);
  await expectNothingCutOff(student);
  await shoot(student, 'student-data-budget-phone');
});

test('an encoder that sends one layer of H.264, as OBS does: a thin line gets stills of it', async ({ browser }) => {
  const whole = await School.open(server, 'One layer');
  await whole.start();
  const link = new URL(await whole.link({ role: 'teacher' }));
  const encoder = await sit(browser);
  await encoder.goto(server.origin); // any page of it: what is asked comes from there
  const status = await encoder.evaluate(
    async ({ path, token }) => {
      const peer = new RTCPeerConnection();
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 1280, height: 720 } });
      for (const track of stream.getTracks()) {
        const transceiver = peer.addTransceiver(track, { direction: 'sendonly', streams: [stream] });
        const h264 = RTCRtpSender.getCapabilities('video')?.codecs.filter((codec) => /h264|rtx/i.test(codec.mimeType)) ?? [];
        if (track.kind === 'video') transceiver.setCodecPreferences(h264);
      }
      await peer.setLocalDescription();
      const sdp = peer.localDescription?.sdp ?? '';
      const answer = await fetch(path, { method: 'POST', headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/sdp' }, body: sdp });
      if (answer.ok) await peer.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
      return answer.status;
    },
    { path: `/api/v1/lessons/${whole.lesson}/whip?source=camera`, token: link.hash.slice(1) },
  );
  expect(status).toBe(201);

  const student = await sit(browser, { viewport: phone });
  await enter(student, await whole.link({ role: 'guest', name: 'Ada' }));
  await expectPicture(student, camera);
  const before = await hear(student);
  await student.getByLabel('Data for this lesson').selectOption('Voice and slides only');
  await expect(student.locator('.camera-still')).toBeVisible({ timeout: 30_000 });
  const drawn = () => student.locator('.camera-still').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL().length);
  await expect.poll(drawn, { message: 'a face, no empty canvas' }).toBeGreaterThan(5000);
  await shoot(student, 'one-layer-h264-stills-phone');
  expect((await hear(student)).voicePackets).toBeGreaterThan(before.voicePackets);
});

interface Picture {
  codec: string;
  height: number;
  frames: number;
  bytes: number;
  layers: string; // as the sender cuts them
}

// The picture that moves on a page: what arrives, or what leaves.
function picture(page: Page, direction: 'inbound-rtp' | 'outbound-rtp' = 'inbound-rtp'): Promise<Picture | null> {
  return page.evaluate(async (type) => {
    let best: Picture | null = null;
    for (const peer of window.peers) {
      if (peer.connectionState !== 'connected') continue;
      const report = await peer.getStats();
      report.forEach((entry) => {
        if (entry.type !== type || entry.kind !== 'video' || !entry.codecId) return;
        const bytes = Number(entry.bytesReceived ?? entry.bytesSent ?? 0);
        if (best && best.bytes >= bytes) return;
        const codec = String((report.get(entry.codecId) as { mimeType?: string } | undefined)?.mimeType);
        best = { codec, height: entry.frameHeight ?? 0, frames: entry.framesDecoded ?? entry.framesEncoded ?? 0, bytes, layers: entry.scalabilityMode ?? '' };
      });
    }
    return best;
  }, direction);
}

// What a student's page may be sent at most, said on the socket that it has: no line here is thin.
async function limit(page: Page, rung: string): Promise<void> {
  await page.evaluate((most) => (window as unknown as { sockets: WebSocket[] }).sockets.at(-1)?.send(JSON.stringify({ kind: 'limit', rung: most })), rung);
}

function keepSockets(): void {
  const Native = window.WebSocket;
  const sockets: WebSocket[] = [];
  (window as unknown as { sockets: WebSocket[] }).sockets = sockets;
  window.WebSocket = class extends Native {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      sockets.push(this);
    }
  };
}

// A browser that decodes VP8 and nothing else.
function knowVp8Alone(): void {
  const all = RTCRtpReceiver.getCapabilities.bind(RTCRtpReceiver);
  RTCRtpReceiver.getCapabilities = (kind) => {
    const known = all(kind);
    return known && { ...known, codecs: known.codecs.filter((one) => !/VP9|AV1|H26/i.test(one.mimeType)) };
  };
}

const heightOf = async (page: Page) => (await picture(page))?.height ?? 0;

// VP9's layers are one stream, AV1's three encodings.
for (const { codec, mime, one } of [
  { codec: 'vp9', mime: 'video/VP9', one: true },
  { codec: 'av1', mime: 'video/AV1', one: false },
])
  test(`a camera in layers of ${codec}: each student is sent what she takes`, async ({ browser }) => {
    test.setTimeout(240_000);
    const patience = { timeout: 60_000 };
    const layered = await School.open(server, `Layers of ${codec}`);
    await layered.change({ camera_codec: codec });
    const teacher = await sit(browser);
    await teach(teacher, await layered.link({ role: 'teacher' }));
    const come = async (name: string, ...scripts: (() => void)[]) => {
      const page = await sit(browser);
      for (const script of scripts) await page.addInitScript(script);
      await enter(page, await layered.link({ role: 'guest', name }));
      await expectPicture(page, camera);
      return page;
    };

    const [whole, thin] = [await come('Nikos'), await come('Eleni', keepSockets)];
    expect(await picture(teacher, 'outbound-rtp')).toMatchObject({ codec: mime, ...(one ? { layers: 'L3T3_KEY' } : {}) });
    for (const page of [whole, thin]) await expect.poll(() => heightOf(page), patience).toBeGreaterThan(400);
    expect((await picture(whole))?.codec).toBe(mime);

    // Down to the small layer, up to the middle one, and to all: the picture does not stand.
    const before = (await hear(thin)).freezes;
    const friend = (await hear(whole)).freezes;
    for (const [rung, least, most] of [
      ['small-pictures', 100, 150],
      ['screen', 240, 300],
      ['all', 400, 720],
      ['small-pictures', 100, 150],
    ] as const) {
      await limit(thin, rung);
      await expect.poll(() => heightOf(thin), { ...patience, message: rung }).toBeLessThanOrEqual(most);
      await expect.poll(() => heightOf(thin), { ...patience, message: rung }).toBeGreaterThanOrEqual(least);
      await expectPicture(thin, camera);
    }
    const sizes = async () => Promise.all([picture(whole), picture(thin)]);
    const first = await sizes();
    await thin.waitForTimeout(5000); // what is measured is time
    const [large, small] = (await sizes()).map((now, at) => (now!.bytes - first[at]!.bytes) / 625); // kbit/s
    console.log(`${codec}: ${large!.toFixed(0)} kbit/s for the whole, ${small!.toFixed(0)} for the small layer; freezes ${(await hear(thin)).freezes - before}`);
    expect(small).toBeGreaterThan(10);
    expect(large).toBeGreaterThan(2 * small!);
    expect((await hear(thin)).freezes - before).toBeLessThanOrEqual(1);
    expect((await hear(whole)).freezes - friend).toBeLessThanOrEqual(1);
    await limit(thin, 'slow-pictures');
    await expectPicture(thin, camera);
    await shoot(thin, `student-${codec}-slow-layer`);
    await shoot(whole, `student-${codec}-whole`);

    // Who knows VP8 alone is shown what the server makes of a layer; stills, too.
    const old = await come('Korinna', keepSockets, knowVp8Alone);
    expect((await picture(old))?.codec).toBe('video/VP8');
    expect(await heightOf(old)).toBeGreaterThan(100);
    await shoot(old, `student-${codec}-made-vp8`);
    await old.getByLabel('Data for this lesson').selectOption('Voice and slides only');
    await expect(old.locator('.camera-still')).toBeVisible(patience);
    const drawn = () => old.locator('.camera-still').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL().length);
    await expect.poll(drawn, { ...patience, message: 'a face, no empty canvas' }).toBeGreaterThan(5000);

    // What nobody takes rests at the teacher, and is back when somebody does.
    await Promise.all([whole.close(), old.close()]);
    await limit(thin, 'small-pictures');
    if (one) await expect.poll(async () => (await picture(teacher, 'outbound-rtp'))?.layers, patience).toBe('L1T3');
    else await expect.poll(() => moving(teacher), patience).toBe('l');
    await expectPicture(thin, camera);
    await limit(thin, 'all');
    await expect.poll(() => heightOf(thin), patience).toBeGreaterThan(400);
    await expectPicture(thin, camera);
  });
