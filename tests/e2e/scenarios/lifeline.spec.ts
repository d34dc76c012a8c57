// A student behind 32 kbit/s, 300 ms and 5 % loss (profile P32), in a namespace of her own: she hears every word and sees
// pictures, and who comes by the same link on a good line, as her own second device would, does not notice. Needs root.
import { expect } from '@playwright/test';
import { hear, shoot, test } from '../support/classroom.ts';
import { installProbe } from '../support/page-probe.ts';
import { linkMissing, PoorLink } from '../support/poor-link.ts';
import { Server } from '../support/server.ts';

const binary = process.env.THRANIO_BINARY ?? new URL('../../../build/thranio', import.meta.url).pathname;

test('on 32 kbit/s a student hears every word and sees still pictures', async () => {
  test.setTimeout(240_000);
  const missing = linkMissing();
  if (missing) console.log(`SKIPPED: ${missing}`);
  test.skip(missing !== '', missing);
  const link = await PoorLink.open('P32');
  const server = new Server(['--demo', '--public-address', link.nearAddress], '0.0.0.0', link.within(link.near, binary));
  const demo = await server.start('demo');
  const url = String(demo.student_url).replace(/^http:\/\/[^/]+/, `http://${link.nearAddress}:${new URL(server.origin).port}`);
  const [near, far] = await Promise.all([link.browser(link.near), link.browser(link.far)]);
  try {
    const [classmate, student] = await Promise.all(
      [near, far].map(async (browser) => {
        const page = await (await browser.newContext({ locale: 'en-GB', viewport: { width: 360, height: 740 } })).newPage();
        await page.addInitScript(installProbe);
        return page;
      }),
    );
    if (!classmate || !student) throw new Error('no pages');
    await classmate.goto(url);
    await classmate.getByRole('button', { name: 'Enter' }).click();
    await expect.poll(async () => (await hear(classmate)).framesDecoded).toBeGreaterThan(50);

    await student.goto(url, { timeout: 90_000 });
    await student.getByRole('button', { name: 'Enter' }).click({ timeout: 60_000 });
    await expect.poll(async () => (await hear(student)).voicePackets, { timeout: 60_000 }).toBeGreaterThan(20);
    await expect(student.getByText(/Your link carries voice and still pictures/)).toBeVisible({ timeout: 60_000 });
    await expect(student.locator('.camera-still')).toBeVisible({ timeout: 60_000 });
    // The demo's picture has a clock: another still looks different.
    const drawn = () => student.locator('.camera-still').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
    const first = await drawn();
    await expect.poll(drawn, { timeout: 60_000 }).not.toBe(first);
    await shoot(student, 'student-32-kbit-phone');

    const [before, friend] = [await hear(student), await hear(classmate)];
    const halfMinute = 30 * 48_000;
    await expect.poll(async () => (await hear(student)).samples - before.samples, { timeout: 90_000 }).toBeGreaterThan(halfMinute);
    await expect(classmate.getByText(/Your link carries/)).toBeHidden();
    await expect(classmate.locator('.camera-still')).toBeHidden();
    const [after, friendAfter] = [await hear(student), await hear(classmate)];
    const concealed = (after.concealed - before.concealed) / (after.samples - before.samples);
    console.log(`32 kbit/s: ${(100 * concealed).toFixed(2)} % concealed, ${after.asked - before.asked} requests`);
    expect(concealed).toBeLessThan(0.02);
    expect(after.framesDecoded - before.framesDecoded).toBe(0); // nothing that moves is sent
    expect(friendAfter.freezes - friend.freezes).toBe(0);
    expect(friendAfter.framesDecoded - friend.framesDecoded).toBeGreaterThan(400);
    const { down } = await link.carried();
    expect(down.delivered_packets).toBeGreaterThan(500);
  } finally {
    await Promise.all([near.close(), far.close()]);
    await server.stop();
    link.close();
  }
});
