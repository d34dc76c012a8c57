// What should not happen and does: wrong clocks, two tabs, a microphone pulled out, names and lines that would break a page.
import { readFileSync } from 'node:fs';
import { expect, type Page } from '@playwright/test';
import { camera, enter, expectPicture, expectVoice, freshSchool, phone, shoot, signIn, sit, teach, test } from '../support/classroom.ts';
import { expectAccessible, expectNothingCutOff } from '../support/looks.ts';
import type { School } from '../support/school.ts';

let school: School;
freshSchool((opened) => ({ school } = opened));

interface Attended {
  name: string;
  minutes: number;
  seconds_recorded: number;
  first_seen: string;
  absences: { reason: string }[];
}

const attendance = async () => (await school.get<{ items: Attended[] }>(`/lessons/${school.lesson}/attendance`)).items;

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
  const items = await attendance();
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

test('a timetable, a reload, the data budget and the times of chat go by the server, on clocks that are years before and behind', async ({ browser }) => {
  const users = { behind: await school.person('Nikos', 'Beta', 'student'), before: await school.person('Eleni', 'Ralli', 'student') };
  const teacher = await sit(browser);
  await teach(teacher, await school.link({ role: 'teacher' }));
  for (const [which, years] of [['behind', -6], ['before', 6]] as const) {
    const student = await sit(browser, { timezoneId: 'Europe/Athens' });
    const limits: string[] = [];
    student.on('websocket', (socket) =>
      socket.on('framesent', ({ payload }) => {
        const said = JSON.parse(payload.toString()) as { kind: string; rung?: string };
        if (said.kind === 'limit') limits.push(said.rung ?? '');
      }),
    );
    await clockOff(student, years);
    await signIn(student, await school.invitation(users[which]));
    const todays = student.locator('ul.lessons').first();
    await expect(todays.getByText('Waves and sound')).toBeVisible();
    await expect(todays.getByText('live now')).toBeVisible();
    await student.reload(); // nothing of the server's clock is known yet
    await expect(student.getByRole('button', { name: 'Sign out' })).toBeVisible();
    await expect(todays.getByText('live now')).toBeVisible({ timeout: 10_000 }); // it looks again four times a minute anyway
    await todays.getByRole('button', { name: 'Enter' }).click();
    await student.getByRole('button', { name: 'Enter' }).click();
    await expectPicture(student, camera);

    // 50 MB in 45 minutes are 148 kbit/s; in five minutes, or in six years, they are something else.
    await student.getByLabel('Data').selectOption('50');
    await expect.poll(() => limits.at(-1)).toBe('small-pictures');
    await student.getByRole('tab', { name: 'Chat' }).click();
    await student.getByLabel('Your line').fill(`I am ${which}`);
    await student.keyboard.press('Enter');
    const hour = (ms: number) => new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'Europe/Athens' }).format(ms);
    const line = student.locator('.lines .line').filter({ hasText: `I am ${which}` });
    await expect(line.locator('.line-head .note')).toContainText(new RegExp(`${hour(Date.now() - 60_000)}|${hour(Date.now())}`));
    await student.context().close();
  }
});

test('two tabs of one person: both hear, and she is one: in the list, with her hand, with her vote, in the ledger', async ({ browser }) => {
  const teacher = await sit(browser);
  await teach(teacher, await school.link({ role: 'teacher' }));
  const link = await school.link({ role: 'guest', name: 'Nikos' });
  const began = Date.now();
  const [first, second] = [await sit(browser), await sit(browser)];
  for (const tab of [first, second]) {
    await enter(tab, link);
    await expectPicture(tab, camera);
  }
  const bothSince = Date.now();
  await expectVoice(first); // it was not taken over
  await expectVoice(second);
  const inList = teacher.locator('.people .name');
  await expect(inList).toHaveText(['Hypatia Pappa', 'Nikos']);
  await expect(teacher.getByText('2 people here')).toBeVisible();

  // One hand, in whichever tab it is raised and lowered.
  await first.getByRole('button', { name: 'Raise hand' }).click();
  await expect(second.getByRole('button', { name: 'Lower hand' })).toBeVisible();
  await expect(teacher.locator('.hands .name')).toHaveText(['Nikos']);
  await second.getByRole('button', { name: 'Lower hand' }).click();
  await expect(first.getByRole('button', { name: 'Raise hand' })).toBeVisible();
  await second.getByRole('button', { name: 'Raise hand' }).click();
  await expect(first.getByRole('button', { name: 'Lower hand' })).toBeVisible();
  await expect(teacher.locator('.hands .name')).toHaveText(['Nikos']);

  // One vote: what is said in one tab is said in both.
  await teacher.getByRole('tab', { name: /^Poll/ }).click();
  await teacher.getByLabel('Question').fill('Ready?');
  await teacher.getByRole('button', { name: 'Ask the class' }).click();
  await expect(second.getByText('Ready?', { exact: true })).toBeVisible();
  await first.getByRole('radio', { name: 'Yes' }).check();
  await first.getByRole('button', { name: 'Answer', exact: true }).click();
  for (const tab of [first, second]) await expect(tab.getByText('Your answer is kept.')).toBeVisible();
  await expect(teacher.locator('.running')).toContainText('1 has answered');
  await expect(teacher.locator('.running .count')).toHaveText(['1', '0']);

  await first.close();
  await expectVoice(second);
  await teacher.getByRole('tab', { name: /^People/ }).click();
  await expect(inList).toHaveText(['Hypatia Pappa', 'Nikos']);
  const hers = (await attendance()).filter((one) => one.name === 'Nikos');
  expect(hers).toHaveLength(1);
  // Minutes of two tabs would be half as many again: they were open together for longer than the tolerance.
  const lasted = (Date.now() - began) / 1000;
  const together = (Date.now() - bothSince) / 1000;
  expect(together).toBeGreaterThan(3);
  expect(hers[0]!.seconds_recorded).toBeLessThanOrEqual(lasted + 1);
  expect(hers[0]!.seconds_recorded).toBeGreaterThanOrEqual(together - 2);
  expect(hers[0]!.absences.map((one) => one.reason)).not.toContain('left');
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

const zalgo = '\u0301\u0316\u0489'.repeat(12);
const badName = `\u202E=Ada\u2066<b>\u2067nuor${zalgo}\u2069`; // turned round, as markup, as a formula, under a tower
const shownName = '=Ada<b>nuor';

// The bad name stands in this part of the page, and all that the page says is what it seems, also to those who hear it.
async function expectHarmless(page: Page, part: string): Promise<void> {
  await expect(page.locator(part).filter({ hasText: shownName }).first()).toBeVisible();
  const said = await page.evaluate(() =>
    [...document.body.querySelectorAll('*')]
      .flatMap((one) => [...one.attributes].map((attribute) => attribute.value))
      .concat(document.title, document.body.textContent ?? '')
      .join('\n'),
  );
  expect(said.normalize('NFD')).not.toMatch(/[\u202A-\u202E\u2066-\u2069]|\p{M}{5}/u);
  await expect(page.locator('b')).toHaveCount(0);
}

test('a name that turns text round, piles up marks, is markup or a formula is harmless wherever it stands in a lesson', async ({ browser }) => {
  test.setTimeout(240_000);
  const enrolled = await school.person(badName, badName, 'student');
  await school.changeSchool(school.id, { lobby: 'guests' });
  await school.change({ title: badName });
  const teacher = await sit(browser);
  await teach(teacher, await school.link({ role: 'teacher' }));
  await expectHarmless(teacher, 'header');
  const guest = await sit(browser, { viewport: phone });
  await guest.goto(await school.link({ role: 'guest' }));
  await expectHarmless(guest, 'h1');
  await guest.getByLabel('Your name').fill(badName); // she says it herself
  await guest.getByRole('button', { name: 'Enter' }).click();
  await expectHarmless(teacher, '.at-door .name');
  await teacher.getByRole('button', { name: 'Let in: ' }).click();
  const student = await sit(browser);
  await enter(student, await school.link({ role: 'student', user_id: enrolled }));
  for (const page of [guest, student]) await expectPicture(page, camera);
  await expectHarmless(teacher, '.people .name');
  await student.getByRole('tab', { name: 'People' }).click();
  await expectHarmless(student, '.people .name');

  await student.getByRole('button', { name: 'Raise hand' }).click();
  await expectHarmless(teacher, '.hands .name');
  const [beamer] = await Promise.all([teacher.context().waitForEvent('page'), teacher.getByRole('button', { name: 'Projector' }).click()]);
  await expectHarmless(beamer, '.beside-stage li');
  await shoot(beamer, 'bad-name-projector');
  await beamer.close();
  await teacher.getByRole('button', { name: /^Give the floor to/ }).first().click();
  await expectHarmless(teacher, '.voices .name');

  await student.getByRole('tab', { name: 'Chat' }).click();
  await student.getByLabel('Your line').fill('Good morning');
  await student.keyboard.press('Enter');
  await teacher.getByRole('tab', { name: /^Chat/ }).click();
  await expectHarmless(teacher, '.lines .name');
  await teacher.getByRole('button', { name: /^Reply to/ }).click();
  await expectHarmless(teacher, '.composer');
  await shoot(teacher, 'bad-name-teacher-desktop');
  await expectAccessible(teacher);

  // In a tally stands what they answered, and in the file who.
  await teacher.getByRole('tab', { name: /^Poll/ }).click();
  await teacher.getByLabel('Question').fill(`Who was it? ${badName}`);
  await teacher.getByLabel('Kind of answer').selectOption('text');
  await teacher.getByLabel(/name/i).check();
  await teacher.getByRole('button', { name: 'Ask the class' }).click();
  await student.getByRole('textbox', { name: /Who was it/ }).fill(badName);
  await student.getByRole('button', { name: 'Answer', exact: true }).click();
  await expectHarmless(teacher, '.running .tally li');
  await teacher.getByRole('button', { name: 'Close the question' }).click();
  await expectHarmless(teacher, '.results .tally li');
  const [polls] = await Promise.all([teacher.waitForEvent('download'), teacher.getByRole('button', { name: 'Save as a table' }).click()]);
  const table = readFileSync(await polls.path(), 'utf8');
  expect(table).toContain(`"'${shownName}`);
  expect(table).not.toMatch(/[\u202A-\u202E\u2066-\u2069]/);

  await teacher.getByRole('button', { name: 'End the lesson' }).click();
  await teacher.getByRole('dialog').getByRole('button', { name: 'End for everybody' }).click();
  await expect(teacher.getByRole('heading', { name: 'The lesson is over' })).toBeVisible();
  await expectHarmless(teacher, '.report li');
  await shoot(teacher, 'bad-name-report-desktop');
  const [sheet] = await Promise.all([teacher.waitForEvent('download'), teacher.getByRole('button', { name: 'Save as CSV' }).click()]);
  const cells = readFileSync(await sheet.path(), 'utf8');
  expect(cells).toContain(`"'${shownName}`);
  expect(cells).not.toMatch(/[\u202A-\u202E\u2066-\u2069]|,=/);
});

test('… and on the pages of the school', async ({ browser }) => {
  const ada = await school.person(badName, badName, 'admin');
  const teaches = await school.person(badName, badName, 'teacher');
  const studies = await school.person(badName, badName, 'student');
  await school.change({ title: badName });
  await school.post(`/schools/${school.id}/closures`, { title: badName, starts_on: '2031-10-28', ends_on: '2031-10-28' });
  const title = { title: badName };
  await school.post(`/schools/${school.id}/classes`, title);
  await school.start();
  await school.post(`/lessons/${school.lesson}/end`, {});

  const admin = await sit(browser);
  await signIn(admin, await school.invitation(ada));
  await expectHarmless(admin, 'header');
  for (const [tab, part] of [['Week', 'td'], ['People', 'td'], ['Classes', 'td'], ['Holidays', 'td']] as const) {
    await admin.getByRole('navigation').getByRole('button', { name: tab, exact: true }).click();
    await expectHarmless(admin, part);
    await shoot(admin, `bad-name-admin-${tab.toLowerCase()}-desktop`);
  }
  await admin.getByRole('navigation').getByRole('button', { name: 'Classes', exact: true }).click();
  await admin.getByRole('button', { name: 'Join sheet: Physics B2' }).click();
  await expectHarmless(admin, 'td');

  const teacher = await sit(browser);
  await signIn(teacher, await school.invitation(teaches));
  await expectHarmless(teacher, '.lessons strong');
  await teacher.getByRole('link', { name: 'Attendance: Physics B2' }).click();
  await expectHarmless(teacher, 'tbody th');
  await teacher.getByRole('link', { name: shownName }).first().click();
  await expectHarmless(teacher, 'main strong');

  const student = await sit(browser, { viewport: phone });
  await signIn(student, await school.invitation(studies));
  await expectHarmless(student, '.lessons .hint bdi');
  await expectNothingCutOff(student);
  await student.getByRole('link', { name: 'My attendance' }).click();
  await expectHarmless(student, 'main strong');
});

test('lines that turn text round, pile up marks or are markup stay in their place', async ({ browser }) => {
  const teacher = await sit(browser);
  await teach(teacher, await school.link({ role: 'teacher' }));
  const student = await sit(browser);
  await enter(student, await school.link({ role: 'guest', name: 'Ada' }));
  await expectPicture(student, camera);
  await student.getByRole('tab', { name: 'Chat' }).click();
  for (const line of [`wave${zalgo.repeat(16)}s`, 'photo\u202Egnp.exe', '<script>alert(1)</script><svg onload=alert(2)>', '\u2067שלום\u2069 and on']) {
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
