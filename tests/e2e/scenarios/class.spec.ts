// The class beside voice and pictures: chat, hands, polls, signals, and the teacher's hold on them.
import { readFileSync } from 'node:fs';
import { expect, type Page } from '@playwright/test';
import { camera, enter, expectPicture, freshSchool, phone, shoot, sit, teach, test } from '../support/classroom.ts';
import { expectAccessible, expectNothingCutOff } from '../support/looks.ts';
import type { School } from '../support/school.ts';
import type { Server } from '../support/server.ts';

let server: Server;
let school: School;
freshSchool((opened) => ({ server, school } = opened));

const tab = (page: Page, name: string | RegExp) => page.getByRole('tab', { name });
const lines = (page: Page) => page.locator('.lines .text');

async function write(page: Page, text: string): Promise<void> {
  await page.getByLabel('Your line').fill(text);
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Your line')).toHaveValue('');
}

test('a teacher and four students, one on a phone: chat, hands, a poll, signals, a killed server', async ({ browser }) => {
  test.setTimeout(240_000); // five browsers on a small machine
  const teacher = await sit(browser);
  const [nikos, eleni, html] = [await sit(browser), await sit(browser), await sit(browser)];
  const erato = await sit(browser, { viewport: phone, locale: 'el-GR', hasTouch: true });
  await teach(teacher, await school.link({ role: 'teacher' }));
  await enter(nikos, await school.link({ role: 'guest', name: 'Nikos' }));
  await enter(eleni, await school.link({ role: 'guest', name: 'Eleni' }));
  await enter(html, await school.link({ role: 'guest', name: '<b>Bold</b>' }));
  await erato.goto(await school.link({ role: 'guest', name: 'Ερατώ' }));
  await erato.getByRole('button', { name: 'Είσοδος' }).click();
  for (const student of [nikos, eleni, html, erato]) await expectPicture(student, camera);

  await test.step('what one writes all read, in the same order; markup is text', async () => {
    await tab(nikos, 'Chat').click();
    await tab(eleni, 'Chat').click();
    await tab(html, 'Chat').click();
    await write(nikos, 'Good morning, see https://example.org/waves.');
    await write(html, '<img src=x onerror=alert(1)>');
    await write(eleni, 'Is it a wave or a particle?');
    const order = ['Good morning, see https://example.org/waves.', '<img src=x onerror=alert(1)>', 'Is it a wave or a particle?'];
    await expect(lines(nikos)).toHaveText(order);
    await expect(lines(eleni)).toHaveText(order);
    await expect(tab(teacher, 'Chat 3')).toBeVisible();
    await tab(teacher, /^Chat/).click();
    await expect(lines(teacher)).toHaveText(order);
    await expect(teacher.getByRole('link')).toHaveAttribute('href', 'https://example.org/waves');
    await expect(teacher.locator('.lines img, .lines b')).toHaveCount(0);
    await expect(erato.getByRole('button', { name: 'Συζήτηση 3' })).toBeVisible();
  });

  await test.step('the teacher takes a line back', async () => {
    await teacher.getByRole('button', { name: 'Delete the line of <b>Bold</b>' }).click();
    await expect(lines(eleni).nth(1)).toHaveText('This line was taken back.');
    await shoot(teacher, 'class-chat-teacher-desktop');
    await shoot(eleni, 'class-chat-student-desktop');
  });

  await test.step('a phone: the sheet with the chat is one tap away, and one tap closes it', async () => {
    await shoot(erato, 'class-phone-greek');
    await erato.getByRole('button', { name: /^Συζήτηση/ }).tap();
    await erato.getByLabel('Το μήνυμά σας').fill('Καλημέρα!');
    await erato.getByRole('button', { name: 'Αποστολή' }).tap();
    await expect(lines(nikos).last()).toHaveText('Καλημέρα!');
    await expectAccessible(erato);
    await expectNothingCutOff(erato);
    await shoot(erato, 'class-chat-phone-greek');
    await erato.getByRole('button', { name: 'Κλείσιμο' }).tap();
    await expect(erato.getByLabel('Το μήνυμά σας')).toBeHidden();
  });

  await test.step('hands come in order, with how long they wait; the teacher lowers one', async () => {
    await nikos.getByRole('button', { name: 'Raise hand' }).click();
    await expect(nikos.getByRole('button', { name: 'Lower hand' })).toBeVisible();
    await erato.getByRole('button', { name: 'Σηκώνω χέρι' }).tap();
    await eleni.getByRole('button', { name: 'Raise hand' }).click();
    await tab(teacher, /^People/).click();
    await expect(teacher.locator('.hands .name')).toHaveText(['Nikos', 'Ερατώ', 'Eleni']);
    await expect(teacher.locator('.hands .note').first()).toHaveText(/waits 0:0[2-9]/);
    await expect(teacher.locator('.class-line')).toContainText('3 hands are up');
    await expect(eleni.locator('.hands')).toHaveCount(0); // who wants to speak is the teacher's to know
    await shoot(teacher, 'class-hands-teacher-desktop');
    await teacher.getByRole('button', { name: 'Lower the hand of Ερατώ' }).click();
    await expect(erato.getByRole('button', { name: 'Σηκώνω χέρι' })).toBeVisible();
  });

  await test.step('signals come to the teacher as sums, reactions to everybody', async () => {
    for (const student of [nikos, eleni]) {
      await student.getByRole('button', { name: 'React' }).click();
      await student.getByRole('button', { name: 'Slower, please' }).click();
    }
    await expect(teacher.locator('.class-line')).toContainText('2 ask you to go slower');
    await shoot(nikos, 'class-react-student-desktop');
    await eleni.keyboard.press('Escape');
    await expect(eleni.getByRole('group', { name: 'React' })).toHaveCount(0);
    await nikos.getByRole('button', { name: 'Applause' }).click();
    await expect(html.locator('.reactions')).toContainText('Applause 1');
  });

  await test.step('a poll: everybody is asked at once, the tally lives, nobody sees who said what', async () => {
    await tab(teacher, /^Poll/).click();
    await teacher.getByLabel('Question').fill('What does a wave carry?');
    await teacher.getByLabel('Kind of answer').selectOption('single');
    await teacher.getByLabel('Choice 1').fill('Matter');
    await teacher.getByLabel('Choice 2').fill('Energy');
    await tab(teacher, /^Chat/).click(); // a look at another tab, and nothing is lost
    await tab(teacher, /^Poll/).click();
    await shoot(teacher, 'class-poll-new-teacher-desktop');
    await teacher.getByRole('button', { name: 'Ask the class' }).click();
    for (const [student, choice] of [[nikos, 'Energy'], [html, 'Matter']] as const) {
      await student.getByRole('radio', { name: choice }).check();
      await student.getByRole('button', { name: 'Answer', exact: true }).click();
      await expect(student.getByText('Your answer is kept.')).toBeVisible();
    }
    await erato.getByRole('radio', { name: 'Energy' }).check();
    await tab(erato, /^Συζήτηση/).tap();
    await tab(erato, /^Ερώτηση/).tap();
    await expect(erato.getByRole('radio', { name: 'Energy' })).toBeChecked();
    await shoot(erato, 'class-poll-phone-greek');
    await erato.getByRole('button', { name: 'Απάντηση', exact: true }).tap();
    await expect(teacher.locator('.running')).toContainText('3 have answered');
    await expect(teacher.locator('.running .count')).toHaveText(['1', '2']);
    await expectAccessible(teacher);
    await expectAccessible(nikos);
    await shoot(teacher, 'class-poll-teacher-desktop');
  });

  await test.step('kill -9: chat, hands and the open poll are back, and the poll goes on', async () => {
    await server.kill('SIGKILL');
    await server.start();
    await expect(teacher.getByText('You are heard and seen.')).toBeVisible();
    await teacher.reload();
    await expect(teacher.getByText('You are heard and seen.')).toBeVisible();
    await expect(teacher.locator('.hands .name')).toHaveText(['Nikos', 'Eleni']);
    await tab(teacher, /^Chat/).click();
    await expect(lines(teacher)).toHaveCount(4);
    await tab(teacher, /^Poll/).click();
    await expect(teacher.locator('.running .count')).toHaveText(['1', '2']);
    for (const student of [nikos, eleni]) await expectPicture(student, camera); // they are back, too
    await eleni.getByRole('radio', { name: 'Energy' }).check();
    await eleni.getByRole('button', { name: 'Answer', exact: true }).click();
    await expect(teacher.locator('.running .count')).toHaveText(['1', '3']);
    await teacher.getByRole('button', { name: 'Close the question' }).click();
    await expect(nikos.locator('.results')).toContainText('4 have answered');
    await shoot(nikos, 'class-poll-result-student-desktop');
    const saved = teacher.waitForEvent('download');
    await teacher.getByRole('button', { name: 'Save as a table' }).click();
    expect(readFileSync(await (await saved).path(), 'utf8').match(/,Energy\r/g)).toHaveLength(3);
  });

  await test.step('the rules of the room: slow chat, chat to the teacher, the lock, showing out', async () => {
    await tab(teacher, 'Rules').click();
    await teacher.locator('.rules select').first().selectOption('to_teacher');
    await teacher.getByLabel('Nobody new comes in').check();
    await expectAccessible(teacher);
    await shoot(teacher, 'class-rules-teacher-desktop');
    await tab(eleni, /^Chat/).click();
    await expect(eleni.getByText('Only your teacher reads what you write.')).toBeVisible();
    await write(eleni, 'May I ask something?');
    await expect(lines(eleni)).toHaveCount(5);
    await tab(nikos, /^Chat/).click();
    await expect(lines(nikos)).toHaveCount(4);

    const late = await sit(browser);
    await enter(late, await school.link({ role: 'guest', name: 'Late' }));
    await expect(late.getByText('The lesson is closed to newcomers just now')).toBeVisible();
    await teacher.getByLabel('Nobody new comes in').uncheck();
    await expectPicture(late, camera);

    await tab(teacher, /^People/).click();
    await teacher.getByRole('button', { name: 'Remove <b>Bold</b> from the lesson' }).click();
    await teacher.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await expect(html.getByText('The teacher has shown you out of it.')).toBeVisible();
    await html.reload();
    await expect(html.getByText('The teacher has shown you out of it.')).toBeVisible();
    await expect(teacher.getByRole('listitem').filter({ hasText: 'Bold' })).toHaveCount(0);
    await teacher.setViewportSize(phone);
    await expectNothingCutOff(teacher);
    await shoot(teacher, 'class-teacher-phone');
    await teacher.getByRole('button', { name: /^People/ }).click();
    await expectAccessible(teacher);
    await shoot(teacher, 'class-people-teacher-phone');
  });
});

// Tab until the focus is on what is called so.
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let presses = 0; presses < 60; ++presses) {
    await page.keyboard.press('Tab');
    const text = await page.evaluate(() => {
      const at = document.activeElement;
      return at?.getAttribute('aria-label') ?? at?.closest('label')?.textContent ?? at?.textContent ?? '';
    });
    if (name.test(text.trim())) return;
  }
  throw new Error(`no way to ${name} by Tab`);
}

test('by keyboard alone: in, hand up, an answer, a line; a screen reader hears sums', async ({ browser }) => {
  const teacher = await sit(browser);
  const student = await sit(browser);
  await teach(teacher, await school.link({ role: 'teacher' }));
  await student.goto(await school.link({ role: 'guest', name: 'Nikos' }));
  await expect(student.getByRole('button', { name: 'Enter' })).toBeVisible();
  await tabTo(student, /^Enter$/);
  await student.keyboard.press('Enter');
  await expect(student.getByRole('button', { name: 'Raise hand' })).toBeVisible();
  await tabTo(student, /^Raise hand$/);
  await student.keyboard.press('Space');
  await expect(teacher.locator('.hands .name')).toHaveText(['Nikos']);

  await tab(teacher, /^Poll/).click();
  await teacher.getByLabel('Question').fill('Ready?');
  await teacher.getByRole('button', { name: 'Ask the class' }).click();
  await expect(student.locator('.unseen[role=status]')).toHaveText('The teacher asks: Ready?');
  await tabTo(student, /^Yes/);
  await student.keyboard.press('Space');
  await tabTo(student, /^Answer$/);
  await student.keyboard.press('Enter');
  await expect(teacher.locator('.running .count')).toHaveText(['1', '0']);

  await tab(teacher, /^Chat/).click();
  for (const text of ['one', 'two', 'three']) await write(teacher, text);
  await expect(student.locator('.unseen[role=status]')).toHaveText('3 new lines in the chat');
  await student.keyboard.press('Shift+Tab');
  await tab(student, /^Poll/).focus();
  await student.keyboard.press('ArrowLeft');
  await tabTo(student, /^Your line$/);
  await student.keyboard.type('hello');
  await student.keyboard.press('Enter');
  await expect(lines(teacher).last()).toHaveText('hello');
});
