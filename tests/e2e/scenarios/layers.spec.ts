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
