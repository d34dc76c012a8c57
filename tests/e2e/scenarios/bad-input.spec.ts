// What should not happen and does: wrong clocks, two tabs, a microphone pulled out, names and lines that would break a page.
import { expect, type Page } from '@playwright/test';
import { camera, enter, expectPicture, expectVoice, shoot, sit, teach, test } from '../support/classroom.ts';
import { expectAccessible, expectNothingCutOff } from '../support/looks.ts';
import { School } from '../support/school.ts';
import { Server } from '../support/server.ts';

let server: Server;
let school: School;

test.beforeEach(async () => {
  server = new Server();
  await server.start();
  school = await School.open(server);
});
test.afterEach(() => server.stop());

interface Attended {
  name: string;
  minutes: number;
  seconds_recorded: number;
  first_seen: string;
}

async function attendance(): Promise<{ items: Attended[] }> {
  const headers = { Authorization: `Bearer ${school.token}` };
  return (await (await fetch(`${server.origin}/api/v1/lessons/${school.lesson}/attendance`, { headers })).json()) as { items: Attended[] };
}

// A device whose clock is off by so much, before the page's own scripts.
const clockOff = (page: Page, years: number) =>
  page.addInitScript((by) => {
    const Real = Date;
    window.Date = class extends Real {
      constructor(...given: unknown[]) {
        super(...((given.length > 0 ? given : [Real.now() + by]) as [number]));
      }
      static override now() {
        return Real.now() + by;
      }
    } as DateConstructor;
  }, years * 365 * 86_400_000);

test('clocks that are wrong by years: the door opens, hands wait as long as they do, attendance is right', async ({ browser }) => {
  const began = Date.now();
  const [teacher, behind, before] = [await sit(browser), await sit(browser), await sit(browser)];
  await clockOff(teacher, 6);
  await clockOff(behind, -6);
  await clockOff(before, 6);
  // Not live yet, and open by the server's clock alone.
  await behind.goto(await school.link({ role: 'guest', name: 'Nikos' }));
  await expect(behind.getByRole('button', { name: 'Enter' })).toBeEnabled();
  await behind.getByRole('button', { name: 'Enter' }).click();
  await teach(teacher, await school.link({ role: 'teacher' }));
  await enter(before, await school.link({ role: 'guest', name: 'Eleni' }));
  for (const student of [behind, before]) await expectPicture(student, camera);
  await behind.getByRole('button', { name: 'Raise hand' }).click();
  await expect(teacher.locator('.hands .note').first()).toHaveText(/waits 0:\d\d/);
  const { items } = await attendance();
  for (const name of ['Nikos', 'Eleni']) {
    const was = items.find((one) => one.name === name)!;
    expect(Math.abs(Date.parse(was.first_seen) - began)).toBeLessThan(600_000);
    expect(was.seconds_recorded).toBeLessThan(600);
  }
});

test('a lesson of tomorrow is not open for a clock that is years ahead', async ({ browser }) => {
  const tomorrow = Date.now() + 86_400_000;
  await school.change({ starts_at: new Date(tomorrow).toISOString(), ends_at: new Date(tomorrow + 2_700_000).toISOString() });
  const early = await sit(browser);
  await clockOff(early, 6);
  await early.goto(await school.link({ role: 'guest', name: 'Nikos' }));
  await expect(early.getByRole('button', { name: 'Enter' })).toBeDisabled();
});

test('two tabs of one person: both hear, she is one in the list, and counts once', async ({ browser }) => {
  const teacher = await sit(browser);
  await teach(teacher, await school.link({ role: 'teacher' }));
  const link = await school.link({ role: 'guest', name: 'Nikos' });
  const first = await sit(browser);
  await enter(first, link);
  await expectPicture(first, camera);
  const second = await sit(browser);
  await enter(second, link);
  await expectPicture(second, camera);
  await expectVoice(first); // it was not taken over
  await expectVoice(second);
  await expect(teacher.getByText('Nikos', { exact: true })).toHaveCount(1);
  await first.close();
  await expectVoice(second);
  await expect(teacher.getByText('Nikos', { exact: true })).toHaveCount(1);
  const { items } = await attendance();
  const lasted = Math.max(...items.map((one) => one.seconds_recorded));
  expect(items.filter((one) => one.name === 'Nikos')).toHaveLength(1);
  expect(items.find((one) => one.name === 'Nikos')!.seconds_recorded).toBeLessThanOrEqual(lasted);
});

test("the teacher's microphone is pulled out in mid-sentence: she is told, takes another one, and is heard again", async ({ browser }) => {
  const teacher = await sit(browser);
  await teacher.addInitScript(() => {
    const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    const opened: MediaStreamTrack[] = [];
    navigator.mediaDevices.getUserMedia = async (wanted) => {
      const stream = await real(wanted);
      opened.push(...stream.getTracks());
      return stream;
    };
    // What a browser does when a device is gone: its tracks end, and say so.
    (window as unknown as { pullOut: (kind: string) => void }).pullOut = (kind) =>
      opened.filter((track) => track.kind === kind && track.readyState === 'live').forEach((track) => {
        track.stop();
        track.dispatchEvent(new Event('ended'));
      });
  });
  const pullOut = (kind: string) => teacher.evaluate((what) => (window as unknown as { pullOut: (kind: string) => void }).pullOut(what), kind);
  await teach(teacher, await school.link({ role: 'teacher' }));
  const student = await sit(browser);
  await enter(student, await school.link({ role: 'guest', name: 'Nikos' }));
  await expectPicture(student, camera);
  await expectVoice(student);

  await pullOut('audio');
  await expect(teacher.getByRole('alert')).toContainText('Your microphone was unplugged: nobody hears you.');
  await expectPicture(student, camera); // the lesson goes on
  await expectAccessible(teacher);
  await expectNothingCutOff(teacher);
  await shoot(teacher, 'unplugged-teacher-desktop');
  await teacher.getByRole('button', { name: /^Use / }).first().click();
  await expect(teacher.getByText('You are heard and seen.')).toBeVisible();
  await expect(teacher.getByRole('alert')).toHaveCount(0);
  await expectVoice(student);

  await pullOut('video');
  await expect(teacher.getByRole('alert')).toContainText('Your camera was unplugged');
  await expectVoice(student);
  await teacher.getByRole('button', { name: /^Use / }).first().click();
  await expect(teacher.getByText('You are heard and seen.')).toBeVisible();
  await expectPicture(student, camera);
});

test('names and lines that turn text round, pile up marks or are markup stay in their place', async ({ browser }) => {
  const zalgo = `wave${'\u0301\u0316\u0489'.repeat(200)}s`;
  const teacher = await sit(browser);
  await teach(teacher, await school.link({ role: 'teacher' }));
  const student = await sit(browser);
  await enter(student, await school.link({ role: 'guest', name: 'Ada\u202Ednuor' }));
  await expectPicture(student, camera);
  await student.getByRole('tab', { name: 'Chat' }).click();
  for (const line of [zalgo, 'photo\u202Egnp.exe', '<script>alert(1)</script><svg onload=alert(2)>', '\u2067שלום\u2069 and on']) {
    await student.getByLabel('Your line').fill(line);
    await student.keyboard.press('Enter');
    await expect(student.getByLabel('Your line')).toHaveValue('');
  }
  await teacher.getByRole('tab', { name: /^Chat/ }).click();
  const lines = teacher.locator('.lines .text');
  await expect(lines).toHaveCount(4);
  await expect(lines.nth(2)).toHaveText('<script>alert(1)</script><svg onload=alert(2)>');
  const texts = await lines.allTextContents();
  for (const text of texts) expect(text.normalize('NFD')).not.toMatch(/[\u202A-\u202E]|\p{M}{5}/u);
  expect(await teacher.locator('.lines script, .lines svg').count()).toBe(0);
  // Not taller than its line, so that it does not lie over another one.
  const [first, second] = [(await lines.nth(0).boundingBox())!, (await lines.nth(1).boundingBox())!];
  expect(first.y + first.height).toBeLessThanOrEqual(second.y + 1);
  await expectAccessible(teacher);
  await shoot(teacher, 'bad-lines-teacher-desktop');
});
