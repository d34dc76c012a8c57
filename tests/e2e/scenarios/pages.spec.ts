// What the pages say when something is wrong, without a mouse, to a screen reader, and on every size of screen.
import { expect } from '@playwright/test';
import { camera, crowd, enter, expectPicture, freshSchool, phone, shoot, sit, teach, test } from '../support/classroom.ts';
import { expectAccessible, expectNothingCutOff } from '../support/looks.ts';
import type { School } from '../support/school.ts';
import type { Server } from '../support/server.ts';

let server: Server;
let school: School;
freshSchool((opened) => ({ server, school } = opened), 'Κύματα και ήχος: συμβολή, περίθλαση, στάσιμα κύματα (επανάληψη)');

test('links that do not open say why', async ({ browser }) => {
  const page = await sit(browser);
  const link = await school.link({ role: 'guest', name: 'Nikos' });
  await page.goto(`${server.origin}/`);
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await page.goto(link.replace(/#.*/, '#thr_forged'));
  await expect(page.getByText('This link does not open a lesson any more.')).toBeVisible();
  await shoot(page, 'student-refused-desktop');
  await page.goto(link.replace(/join\/[^#]*/, 'join/l_other'));
  await expect(page.getByRole('heading', { name: 'The lesson does not open' })).toBeVisible();
});

test('without a mouse, and in the other language', async ({ browser }) => {
  const page = await sit(browser);
  await page.goto(await school.link({ role: 'guest', name: 'Nikos' }));
  await expect(page.getByRole('button', { name: 'Enter' })).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByLabel('Language')).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(page.locator('html')).toHaveAttribute('lang', 'el');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Είσοδος' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByText('Το μάθημα δεν έχει αρχίσει ακόμη')).toBeVisible();
});

test('a teacher without a camera, and one whose browser refuses', async ({ browser }) => {
  const link = await school.link({ role: 'teacher' });
  const refused = await sit(browser);
  await refused.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = (wanted) =>
      wanted?.video
        ? Promise.reject(new DOMException('no', 'NotAllowedError'))
        : Object.getPrototypeOf(navigator.mediaDevices).getUserMedia.call(navigator.mediaDevices, wanted);
  });
  await refused.goto(link);
  await expect(refused.getByRole('alert')).toContainText('The browser does not let us use your camera or microphone.');
  await expect(refused.getByRole('button', { name: 'Start the lesson' })).toBeDisabled();
  await shoot(refused, 'teacher-refused-desktop');
  await refused.getByRole('button', { name: 'Go on without a camera' }).click();
  await expect(refused.getByRole('button', { name: 'Start the lesson' })).toBeEnabled();
});

test('every page is accessible, in light and dark, on every size', async ({ browser }) => {
  const sizes = { phone, tablet: { width: 768, height: 1024 }, projector: { width: 1920, height: 1080 } };
  const join = await sit(browser);
  await join.goto(await school.link({ role: 'guest' }));
  await expect(join.getByRole('button', { name: 'Enter' })).toBeVisible();
  await expectAccessible(join);

  const before = await sit(browser, { viewport: phone, colorScheme: 'dark' });
  await before.goto(await school.link({ role: 'teacher' }));
  await expect(before.getByText('We hear you well.')).toBeVisible();
  await expectAccessible(before);
  await expectNothingCutOff(before);
  await shoot(before, 'teacher-before-phone-dark');
  await before.context().close();

  const teacher = await sit(browser);
  await teach(teacher, await school.link({ role: 'teacher' }));
  await expectAccessible(teacher);
  await crowd(teacher, await school.link({ role: 'guest' }), 25);
  const student = await sit(browser);
  await enter(student, await school.link({ role: 'guest', name: 'Ένα Πολύ Μακρύ Όνομα Που Φτάνει Τους Εξήντα Τέσσερις Χαρακτήρες' }));
  await expectPicture(student, camera);
  await teacher.getByRole('button', { name: 'Share screen' }).click();
  await expect(student.locator('.stage.screen')).toBeVisible();
  await expect(student.getByRole('listitem')).toHaveCount(27);
  for (const [name, size] of Object.entries(sizes))
    for (const scheme of ['light', 'dark'] as const) {
      await student.setViewportSize(size);
      await student.emulateMedia({ colorScheme: scheme });
      await expectAccessible(student);
      await expectNothingCutOff(student);
      await expect(student.getByRole('button', { name: 'Full screen' }), 'the bar is on the screen').toBeInViewport({ ratio: 1 });
      await shoot(student, `class-of-26-${name}-${scheme}`);
    }
  await student.setViewportSize(phone);
  await student.getByRole('button', { name: /^People/ }).click();
  await expect(student.getByRole('listitem').first()).toBeVisible();
  await expectAccessible(student);
  await shoot(student, 'class-of-26-people-phone');
  await teacher.setViewportSize(phone);
  await expectNothingCutOff(teacher);
  await shoot(teacher, 'teacher-class-of-26-phone');
});
