// Slides and white pages: a teacher, a student on a desktop and one on a phone.
import { readFileSync } from 'node:fs';
import { expect, type Page } from '@playwright/test';
import { camera, enter, expectPicture, freshSchool, phone, shoot, sit, teach, test } from '../support/classroom.ts';
import { expectAccessible, expectNothingCutOff, ink } from '../support/looks.ts';
import { makePdf } from '../support/pdf.ts';
import type { School } from '../support/school.ts';
import type { Server } from '../support/server.ts';

let server: Server;
let school: School;
freshSchool((opened) => ({ server, school } = opened));

const slide = (page: Page) => page.locator('.slide img');

async function drag(page: Page, from: [number, number], to: [number, number]): Promise<void> {
  const box = (await page.locator('.slide').boundingBox())!;
  const at = ([x, y]: [number, number]): [number, number] => [box.x + box.width * x, box.y + box.height * y];
  await page.mouse.move(...at(from));
  await page.mouse.down();
  await page.mouse.move(...at([(from[0] + to[0]) / 2, from[1]]), { steps: 4 });
  await page.mouse.move(...at(to), { steps: 4 });
  await page.mouse.up();
}

// How large the part of the page is shown.
const scale = (page: Page) =>
  page.locator('.slide-view').evaluate((element) => Math.round(new DOMMatrix(getComputedStyle(element).transform).a * 10) / 10);

test('a teacher shows slides and draws on them; students on a desktop and on a phone see it, also after a crash', async ({ browser }) => {
  test.setTimeout(300_000); // a conversion gives way to everything else
  const teacher = await sit(browser, { acceptDownloads: true });
  teacher.setDefaultTimeout(20_000);
  const nikos = await sit(browser);
  const erato = await sit(browser, { viewport: phone, locale: 'el-GR', hasTouch: true });
  await teach(teacher, await school.link({ role: 'teacher' }));
  await enter(nikos, await school.link({ role: 'guest', name: 'Nikos' }));
  await erato.goto(await school.link({ role: 'guest', name: 'Ερατώ' }));
  await erato.getByRole('button', { name: 'Είσοδος' }).click();
  for (const student of [nikos, erato]) await expectPicture(student, camera);

  await test.step('a PDF is ready in a moment', async () => {
    await teacher.getByRole('tab', { name: 'Slides' }).click();
    await expect(teacher.getByText('No slides yet.')).toBeVisible();
    await teacher.locator('input[type=file]').setInputFiles({
      name: 'Waves.pdf',
      mimeType: 'application/pdf',
      buffer: makePdf(['What is a wave?', 'Length and frequency', 'Sound', 'Light']),
    });
    await expect(teacher.getByText(/Being prepared/)).toBeVisible();
    await expect(teacher.getByText('4 pages')).toBeVisible({ timeout: 120_000 }); // on a busy machine;
    await expectAccessible(teacher);
    await shoot(teacher, 'slides-decks-teacher-desktop');
  });

  await test.step('a page is shown to everybody, the face beside it', async () => {
    await teacher.getByRole('button', { name: 'Show Waves' }).click();
    for (const page of [teacher, nikos]) await expect(slide(page)).toHaveAttribute('alt', 'Slide 1 of 4');
    await expect(slide(erato)).toHaveAttribute('alt', 'Διαφάνεια 1 από 4');
    for (const page of [teacher, nikos, erato])
      await expect.poll(() => slide(page).evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth)).toBeGreaterThan(600);
    await expect(nikos.locator(camera)).toBeVisible();
    await shoot(nikos, 'slides-student-desktop');
    await shoot(erato, 'slides-student-phone-greek');
    await shoot(teacher, 'slides-teacher-desktop');
    for (const page of [teacher, nikos, erato]) {
      await expectAccessible(page);
      await expectNothingCutOff(page);
    }
  });

  await test.step('keys turn the page, also to a number; no picture shifts what is around it', async () => {
    const before = await nikos.locator('.slide').boundingBox();
    await teacher.getByRole('heading', { level: 1 }).first().evaluate((element: HTMLElement) => (document.activeElement as HTMLElement | null)?.blur() ?? element);
    await teacher.keyboard.press('ArrowRight');
    await expect(slide(nikos)).toHaveAttribute('alt', 'Slide 2 of 4');
    await teacher.keyboard.press('PageDown');
    await expect(slide(erato)).toHaveAttribute('alt', 'Διαφάνεια 3 από 4');
    await teacher.keyboard.press('ArrowLeft');
    await expect(slide(nikos)).toHaveAttribute('alt', 'Slide 2 of 4');
    await expect(teacher.getByRole('spinbutton', { name: /Page/ })).toHaveValue('2');
    await teacher.getByRole('spinbutton', { name: /Page/ }).fill('4');
    await nikos.getByRole('button', { name: 'Raise hand' }).click(); // what happens meanwhile takes nothing away
    await expect(teacher.getByText('1 hand is up')).toBeVisible();
    await teacher.keyboard.press('Enter');
    await expect(slide(nikos)).toHaveAttribute('alt', 'Slide 4 of 4');
    await nikos.getByRole('button', { name: 'Lower hand' }).click();
    await teacher.getByRole('spinbutton', { name: /Page/ }).fill('');
    await teacher.keyboard.press('Tab'); // no number is no page
    await expect(teacher.getByRole('spinbutton', { name: /Page/ })).toHaveValue('4');
    expect(await nikos.locator('.slide').boundingBox()).toEqual(before);
    await teacher.getByRole('button', { name: 'Back', exact: true }).click();
    await expect(slide(nikos)).toHaveAttribute('alt', 'Slide 3 of 4');
    // Looked closer, away and on within a moment: the page before does not come back.
    await teacher.evaluate(async () => {
      const click = (name: string) => [...document.querySelectorAll<HTMLElement>('.slide-bar button')].find((button) => button.textContent === name)?.click();
      const since = performance.now();
      click('Larger');
      for (const _ of [1, 2]) await new Promise((painted) => requestAnimationFrame(painted));
      click('Whole page'); // kept back until 150 ms after the one before
      while (performance.now() - since < 147);
      click('Next');
    });
    await expect(slide(nikos)).toHaveAttribute('alt', 'Slide 4 of 4');
    await teacher.getByRole('button', { name: 'Larger' }).click();
    await expect.poll(() => scale(nikos)).toBe(1.5);
    await expect(slide(nikos)).toHaveAttribute('alt', 'Slide 4 of 4');
    await teacher.getByRole('button', { name: 'Whole page' }).click();
    await teacher.getByRole('button', { name: 'Back', exact: true }).click();
    await expect(slide(nikos)).toHaveAttribute('alt', 'Slide 3 of 4');
  });

  await test.step('the text of the slide is there for whoever does not see it', async () => {
    await nikos.getByText('Text of the slide').click();
    await expect(nikos.locator('.slide-text p')).toContainText('A wave carries energy, not matter.');
    await nikos.getByText('Text of the slide').click();
  });

  await test.step('pen, marker, shapes and text are seen by all; undo takes back the last', async () => {
    await teacher.getByLabel('Tool').selectOption('pen');
    await drag(teacher, [0.1, 0.3], [0.5, 0.5]);
    await expect.poll(() => ink(nikos)).toBeGreaterThan(100);
    const one = await ink(nikos);
    for (const tool of ['highlighter', 'rectangle', 'ellipse', 'arrow', 'line']) {
      await teacher.getByLabel('Tool').selectOption(tool);
      await drag(teacher, [0.2, 0.2], [0.7, 0.6]);
    }
    await teacher.getByLabel('Tool').selectOption('text');
    const box = (await teacher.locator('.slide').boundingBox())!;
    await teacher.mouse.click(box.x + box.width * 0.55, box.y + box.height * 0.75);
    await teacher.getByLabel('Write here').fill('Look here!');
    await teacher.keyboard.press('Enter');
    await expect.poll(() => ink(erato)).toBeGreaterThan(100);
    await expect.poll(() => ink(nikos)).toBeGreaterThan(one * 2);
    await expect.poll(() => teacher.locator('.slide-write').count()).toBe(0);
    await expect.poll(() => ink(nikos, 0.68)).toBeGreaterThan(20); // the text alone stands so low
    await shoot(teacher, 'slides-drawn-teacher-desktop');
    await shoot(nikos, 'slides-drawn-student-desktop');
    await shoot(erato, 'slides-drawn-student-phone-greek');
    await teacher.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => ink(nikos, 0.68)).toBe(0);
  });

  await test.step('a student draws when she may, on her phone', async () => {
    await expect(erato.getByLabel('Εργαλείο')).toHaveCount(0);
    await teacher.getByRole('button', { name: 'Students may draw' }).click();
    await expect(erato.getByText('Μπορείτε να σχεδιάσετε σε αυτή τη σελίδα.')).toBeVisible();
    await erato.getByLabel('Εργαλείο').selectOption('pen');
    const before = await ink(nikos);
    await drag(erato, [0.1, 0.9], [0.9, 0.8]);
    await expect.poll(() => ink(nikos)).toBeGreaterThan(before);
    await expectAccessible(erato);
    await shoot(erato, 'slides-drawing-student-phone-greek');
    await teacher.getByRole('button', { name: 'Students may draw' }).click();
    await expect(erato.getByLabel('Εργαλείο')).toHaveCount(0);
  });

  await test.step('a part is shown large, and the pointer shows where to look', async () => {
    await teacher.getByLabel('Tool').selectOption('pointer');
    const box = (await teacher.locator('.slide').boundingBox())!;
    await teacher.mouse.move(box.x + box.width * 0.3, box.y + box.height * 0.3, { steps: 3 });
    await expect(nikos.locator('.slide-pointer')).toBeVisible();
    await teacher.mouse.move(2, 2);
    await expect(nikos.locator('.slide-pointer')).toHaveCount(0);
    await teacher.getByLabel('Tool').selectOption('none');
    const place = (page: Page) => page.locator('.slide-view').evaluate((element) => Math.round(new DOMMatrix(getComputedStyle(element).transform).e));
    await teacher.getByRole('button', { name: 'Larger' }).click();
    await expect.poll(() => scale(nikos)).toBe(1.5);
    await teacher.getByRole('button', { name: 'Larger' }).click();
    for (const page of [nikos, erato]) await expect.poll(() => scale(page)).toBe(2);
    await teacher.getByRole('heading', { level: 1 }).first().evaluate((element: HTMLElement) => (document.activeElement as HTMLElement | null)?.blur() ?? element);
    await teacher.keyboard.press('+');
    await expect.poll(() => scale(nikos)).toBe(3);
    const before = await place(nikos);
    await teacher.keyboard.press('Shift+ArrowRight');
    await expect.poll(() => place(nikos)).toBeLessThan(before);
    await teacher.keyboard.press('Shift+ArrowLeft');
    await expect.poll(() => place(nikos)).toBe(before);
    await drag(teacher, [0.3, 0.5], [0.6, 0.5]);
    await expect.poll(() => place(nikos)).toBeGreaterThan(before);
    await shoot(teacher, 'slides-large-teacher-desktop');
    await shoot(erato, 'slides-large-student-phone-greek');
    await teacher.keyboard.press('-');
    await expect.poll(() => scale(nikos)).toBe(2);
    await teacher.mouse.move(box.x + box.width * 0.9, box.y + box.height * 0.1);
    await teacher.keyboard.down('Control');
    await teacher.mouse.wheel(0, -120);
    await teacher.keyboard.up('Control');
    await expect.poll(() => scale(nikos)).toBe(3);
    await teacher.getByRole('button', { name: 'Whole page' }).click();
    await expect.poll(() => scale(nikos)).toBe(1);
  });

  await test.step('the server is killed: the slide and all that was drawn come back without a click', async () => {
    const before = await ink(nikos);
    await server.kill('SIGKILL');
    await expect(nikos.getByText('Your link is gone. You will be back by yourself.').first()).toBeVisible();
    await server.start();
    await expect(teacher.getByText('You are heard and seen.')).toBeVisible();
    await expect(slide(nikos)).toHaveAttribute('alt', 'Slide 3 of 4');
    await expect.poll(() => ink(nikos)).toBe(before);
    const late = await sit(browser);
    await enter(late, await school.link({ role: 'guest', name: 'Eleni' }));
    await expect(slide(late)).toHaveAttribute('alt', 'Slide 3 of 4');
    await expect.poll(() => ink(late)).toBe(before);
  });

  await test.step('all of it is saved as a PDF; a white page is a page, too', async () => {
    await teacher.getByRole('button', { name: 'White page' }).click();
    await expect(nikos.getByText('White page 1 of 1')).toBeAttached();
    await teacher.getByLabel('Tool').selectOption('pen');
    await drag(teacher, [0.2, 0.2], [0.8, 0.8]);
    await expect.poll(() => ink(nikos)).toBeGreaterThan(100);
    await shoot(nikos, 'slides-white-student-desktop');
    for (const name of ['Save as PDF, with what was drawn: Waves', 'Save the white pages as PDF']) {
      const [download] = await Promise.all([teacher.waitForEvent('download'), teacher.getByRole('button', { name }).click()]);
      expect(readFileSync(await download.path()).subarray(0, 5).toString()).toBe('%PDF-');
    }
    await teacher.getByRole('button', { name: 'Stop showing' }).click();
    await expect(nikos.locator('.slide')).toHaveCount(0);
    await expectPicture(nikos, camera);
  });
});
