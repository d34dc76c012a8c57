import { expect } from '@playwright/test';
import { camera, enter, expectPicture, expectVoice, shoot, sit, teach, test } from '../support/classroom.ts';
import { School } from '../support/school.ts';
import { Server } from '../support/server.ts';

for (const signal of ['SIGKILL', 'SIGTERM'] as const)
  test(`the server gets ${signal} and starts again in mid-lesson: everybody is back without a click, and a line and a hand of meanwhile are there once`, async ({ browser }) => {
    const server = new Server();
    await server.start();
    const school = await School.open(server);
    const teacher = await sit(browser);
    const students = [await sit(browser), await sit(browser)];
    await teach(teacher, await school.link({ role: 'teacher' }));
    await enter(students[0]!, await school.link({ role: 'guest', name: 'Nikos' }));
    await enter(students[1]!, await school.link({ role: 'guest', name: 'Eleni' }));
    for (const student of students) await expectPicture(student, camera);

    const code = await server.kill(signal);
    if (signal === 'SIGTERM') expect(code, 'an orderly stop').toBe(0);
    await expect(students[0]!.getByText('Your link is gone. You will be back by yourself.').first()).toBeVisible();
    await students[0]!.getByRole('tab', { name: /^Chat/ }).click();
    await students[0]!.getByLabel('Your line').fill('Where is everybody?');
    await students[0]!.keyboard.press('Enter');
    await expect(students[0]!.locator('.line.waiting')).toContainText('Goes when your link is back');
    await students[1]!.getByRole('button', { name: 'Raise hand' }).click();
    await expect(students[1]!.getByText('Goes when your link is back')).toBeVisible();
    await shoot(students[0]!, 'chat-waiting-desktop');
    await server.start();

    await expect(teacher.getByText('You are heard and seen.')).toBeVisible();
    for (const student of students) {
      await expectPicture(student, camera);
      await expectVoice(student);
      await expect(student.getByText('Voice and picture arrive')).toBeVisible();
      await student.getByRole('tab', { name: /^People/ }).click();
      await expect(student.getByRole('listitem')).toHaveCount(3);
    }
    await expect(teacher.locator('.hands .name')).toHaveText(['Eleni']);
    await expect(students[1]!.getByRole('button', { name: 'Lower hand' })).toBeVisible();
    for (const page of [teacher, ...students]) {
      await page.getByRole('tab', { name: /^Chat/ }).click();
      await expect(page.locator('.line')).toHaveCount(1);
      await expect(page.locator('.line:not(.waiting) .text')).toHaveText('Where is everybody?');
    }
    await server.stop();
  });

test('a page that is opened while the server is away is there, lets its visitor in when the server is, and sends what she had written', async ({ browser }) => {
  const server = new Server();
  await server.start();
  const school = await School.open(server);
  const teacher = await sit(browser);
  const student = await sit(browser);
  await teach(teacher, await school.link({ role: 'teacher' }));
  await enter(student, await school.link({ role: 'guest', name: 'Nikos' }));
  await expectPicture(student, camera);
  await student.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));

  await student.getByRole('tab', { name: /^Chat/ }).click();
  await server.kill('SIGKILL');
  await student.getByLabel('Your line').fill('Is the server gone?');
  await student.keyboard.press('Enter');
  await student.getByLabel('Your line').fill('I shall');
  await expect(student.locator('.line.waiting')).toHaveCount(1);
  await student.reload();
  await expect(student.getByText('The server does not answer. You will be let in as soon as it does.')).toBeVisible();
  await server.start();
  await expectPicture(student, camera);
  await teacher.getByRole('tab', { name: /^Chat/ }).click();
  await expect(teacher.locator('.lines .text')).toHaveText(['Is the server gone?']);
  await student.getByRole('tab', { name: /^Chat/ }).click();
  await expect(student.locator('.line')).toHaveCount(1);
  await expect(student.locator('.line.waiting')).toHaveCount(0);
  await expect(student.getByLabel('Your line')).toHaveValue('I shall');
  await server.stop();
});
