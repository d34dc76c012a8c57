import { expect, type Page } from '@playwright/test';
import { enter, phone, shoot, sit, teach, test } from '../support/classroom.ts';
import { expectAccessible, expectNothingCutOff } from '../support/looks.ts';
import { School } from '../support/school.ts';
import { Server } from '../support/server.ts';

async function faultless(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: new URL(`../../../build/screenshots/${name}.png`, import.meta.url).pathname, fullPage: true });
  await expectAccessible(page);
  await expectNothingCutOff(page);
}

test('at the end a teacher sees who was there, how long and why not longer, sets an entry right and saves it', async ({ browser }) => {
  const server = new Server();
  await server.start();
  const school = await School.open(server);
  const nikos = await school.person('Νίκος', 'Βήτα', 'student');
  const eleni = await school.person('Eleni', 'Ralli', 'student');
  await school.person('Sappho', 'of Lesbos', 'student');
  const linkOf = (user_id: string) => school.link({ role: 'student', user_id });

  const teacher = await sit(browser);
  await teach(teacher, await school.link({ role: 'teacher' }));
  const first = await sit(browser, { viewport: phone });
  const second = await sit(browser);
  await enter(first, await linkOf(nikos));
  await enter(second, await linkOf(eleni));
  const guest = await sit(browser);
  await enter(guest, await school.link({ role: 'guest', name: 'Erinna' }));
  for (const page of [first, second, guest]) await expect(page.getByText('Voice and picture arrive')).toBeVisible();

  // One closes her page, and it is not the last of the lesson.
  await second.close({ runBeforeUnload: false });
  const sees = async () =>
    (await school.get<{ people: { name: string; absences: { reason: string }[] }[] }>(`/lessons/${school.lesson}/report`)).people
      .find((one) => one.name === 'Eleni Ralli')
      ?.absences.map((one) => one.reason) ?? [];
  await expect.poll(async () => (await sees()).includes('left')).toBe(true);

  await teacher.getByRole('button', { name: 'End the lesson' }).click();
  await teacher.getByRole('dialog').getByRole('button', { name: 'End for everybody' }).click();
  await expect(teacher.getByRole('heading', { name: 'The lesson is over' })).toBeVisible();
  await expect(teacher.getByText('2 of 3')).toBeVisible();
  const row = (name: string) => teacher.getByRole('listitem').filter({ hasText: name });
  await expect(row('Sappho of Lesbos')).toContainText('did not come');
  await expect(row('Eleni Ralli')).toContainText('away at');
  await expect(row('Erinna')).toContainText('guest');
  await faultless(teacher, 'attendance-report-desktop');

  await row('Sappho').getByRole('button', { name: 'Set right: Sappho of Lesbos' }).click();
  await row('Sappho').getByLabel('Minutes that count').fill('1');
  await row('Sappho').getByLabel('Why').fill('She sat beside Eleni');
  await faultless(teacher, 'attendance-correct-desktop');
  await row('Sappho').getByRole('button', { name: 'Save' }).click();
  await expect(row('Sappho')).toContainText('Set right from 0 min by Hypatia Pappa: She sat beside Eleni');
  await expect(teacher.getByText('3 of 3')).toBeVisible();

  const [download] = await Promise.all([teacher.waitForEvent('download'), teacher.getByRole('button', { name: 'Save as CSV' }).click()]);
  expect(download.suggestedFilename()).toMatch(/^attendance-.*\.csv$/);

  // The same on a phone, after a reload, in Greek.
  await teacher.setViewportSize(phone);
  await teacher.reload();
  await expect(row('Sappho')).toContainText('Set right from 0 min');
  await faultless(teacher, 'attendance-report-phone');
  await teacher.getByLabel('Language').selectOption('el');
  await expect(row('Sappho')).toContainText('δεν ήρθε');
  await faultless(teacher, 'attendance-report-phone-greek');
  await shoot(first, 'attendance-student-at-the-end');
  await server.stop();
});
