// The rest of the room: the lobby, replies, typed commands, right to left, the projector, attendance over time.
import { expect, type Page } from '@playwright/test';
import { camera, crowd, enter, expectPicture, freshSchool, phone, shoot, signIn, sit, teach, test } from '../support/classroom.ts';
import { installProbe } from '../support/page-probe.ts';
import { expectAccessible, expectNothingCutOff, expectNothingMoved, watchShifts } from '../support/looks.ts';
import { makePdf } from '../support/pdf.ts';
import type { School } from '../support/school.ts';
import type { Server } from '../support/server.ts';

let server: Server;
let school: School;
freshSchool((opened) => ({ server, school } = opened));

const tab = (page: Page, name: string | RegExp) => page.getByRole('tab', { name });
const guest = (name: string) => school.link({ role: 'guest', name });

async function faultless(page: Page, name: string): Promise<void> {
  await shoot(page, name);
  await expectAccessible(page);
  await expectNothingCutOff(page);
}

test('nothing moves by itself: who comes, a hand, a line, a reaction, the next slide', async ({ browser }) => {
  const [teacher, nikos] = [await sit(browser), await sit(browser)];
  const erato = await sit(browser, { viewport: phone, hasTouch: true });
  const everybody = { teacher, nikos, erato };
  for (const page of Object.values(everybody)) await page.addInitScript(watchShifts);
  await teach(teacher, await school.link({ role: 'teacher' }));
  await enter(nikos, await guest('Nikos'));
  await enter(erato, await guest('Erato'));
  for (const page of [nikos, erato]) {
    await expectPicture(page, camera);
    await expect(page.getByText(/MB an hour/)).toBeVisible(); // the longest sentence of her link
    await expect(page.getByRole('button', { name: 'Raise hand' })).toBeVisible();
  }
  await tab(teacher, 'Slides').click();
  await teacher.locator('input[type=file]').setInputFiles({ name: 'Waves.pdf', mimeType: 'application/pdf', buffer: makePdf(['What is a wave?', 'Sound']) });
  await expect(teacher.getByText('2 pages')).toBeVisible({ timeout: 60_000 });
  await tab(teacher, /^People/).click();
  const forget = async () => {
    for (const page of Object.values(everybody)) await page.evaluate(() => void window.shifts());
  };
  // For whoever has not done it herself.
  const still = async (when: string, by?: Page) => {
    for (const [who, page] of Object.entries(everybody)) if (page !== by) await expectNothingMoved(page, `${who}: ${when}`);
    await forget();
  };
  await forget();

  await crowd(teacher, await school.link({ role: 'guest' }), 20);
  for (const page of [teacher, nikos]) await expect(page.getByText('23 people here')).toBeVisible();
  await still('twenty come');
  await nikos.getByRole('button', { name: 'Raise hand' }).click();
  await expect(teacher.locator('.hands .name')).toHaveText(['Nikos']);
  await still('a hand', nikos);
  await nikos.getByRole('button', { name: 'React' }).click();
  await nikos.getByRole('button', { name: 'Applause' }).click();
  await expect(erato.locator('.reactions')).toContainText('Applause 1');
  await still('a reaction', nikos);
  await tab(nikos, 'Chat').click();
  await nikos.getByLabel('Your line').fill('Is it the wave that moves, or what it moves in?');
  await nikos.keyboard.press('Enter');
  await expect(tab(teacher, 'Chat 1')).toBeVisible();
  await expect(erato.getByRole('button', { name: 'Chat 1' })).toBeVisible();
  await still('a line', nikos);

  // A slide that is shown changes the stage, and the stage alone.
  await tab(teacher, 'Slides').click();
  await teacher.getByRole('button', { name: 'Show Waves' }).click();
  for (const page of [nikos, erato]) await expect(page.getByText('Text of the slide')).toBeVisible();
  for (const page of Object.values(everybody)) await expect(page.locator('.slide img')).toHaveAttribute('alt', 'Slide 1 of 2');
  await forget();
  await teacher.getByRole('button', { name: 'Next', exact: true }).click();
  for (const page of [nikos, erato]) await expect(page.locator('.slide img')).toHaveAttribute('alt', 'Slide 2 of 2');
  await still('the next slide', teacher);
});

test('who waits in the lobby gets nothing of the lesson until the teacher lets her in, and comes back without waiting', async ({ browser }) => {
  test.setTimeout(180_000);
  const teacher = await sit(browser);
  await teach(teacher, await school.link({ role: 'teacher' }));
  await tab(teacher, 'Rules').click();
  await teacher.getByLabel('Who waits until you let them in').selectOption('guests');
  await faultless(teacher, 'lobby-rules-teacher-desktop');
  await tab(teacher, /^People/).click();

  const nikos = await sit(browser, { viewport: phone, hasTouch: true });
  const link = await guest('Nikos');
  const media: string[] = [];
  nikos.on('response', (response) => response.url().includes('/whep') && media.push(`${response.status()}`));
  await enter(nikos, link);
  await expect(nikos.getByRole('heading', { name: 'The teacher will let you in' })).toBeVisible();
  await faultless(nikos, 'lobby-waiting-phone');
  const eleni = await sit(browser, { locale: 'el-GR' });
  await eleni.goto(await guest('Eleni'));
  await eleni.getByRole('button', { name: 'Είσοδος' }).click();
  await expect(eleni.getByRole('heading', { name: 'Ο εκπαιδευτικός θα σας ανοίξει' })).toBeVisible();
  const double = await sit(browser);
  await enter(double, await guest('HYPATIA  pappa'));
  await expect(double.getByText('Somebody in this class has the name that you gave.')).toBeVisible();
  await faultless(double, 'lobby-name-taken-desktop');

  const door = teacher.locator('.at-door');
  await expect(door.locator('.name')).toHaveText(['Nikos', 'Eleni', 'HYPATIA pappa']);
  await expect(door.getByRole('listitem').nth(2)).toContainText('not the one of that name in the class');
  await expect(teacher.locator('.class-line')).toContainText('3 wait at the door');
  await expect(teacher.locator('.people').getByText('1 person here')).toBeVisible();
  await faultless(teacher, 'lobby-teacher-desktop');
  expect(media.filter((status) => status === '201')).toEqual([]);

  await teacher.getByRole('button', { name: 'Let in: Nikos' }).click();
  await expectPicture(nikos, camera);
  await nikos.reload();
  await expectPicture(nikos, camera);
  await teacher.getByRole('button', { name: 'Refuse HYPATIA pappa' }).click();
  await expect(double.getByRole('heading', { name: 'You were not let in' })).toBeVisible();
  await shoot(double, 'lobby-refused-desktop');

  await server.kill('SIGKILL');
  await server.start();
  await expectPicture(nikos, camera); // he does not wait again
  await expect(eleni.getByRole('heading', { name: 'Ο εκπαιδευτικός θα σας ανοίξει' })).toBeVisible();
  await expect(door.locator('.name')).toHaveText(['Eleni']);
  await teacher.setViewportSize(phone);
  await teacher.getByRole('button', { name: /^People/ }).click();
  await faultless(teacher, 'lobby-teacher-phone');
  await tab(teacher, 'Rules').click();
  await teacher.getByLabel('Who waits until you let them in').selectOption('off');
  await expectPicture(eleni, camera); // the door opens by itself
});

test('before the lesson the teacher sees who has come and who stands at the door, and lets them in', async ({ browser }) => {
  const teacher = await sit(browser);
  await teacher.goto(await school.link({ role: 'teacher' }));
  await expect(teacher.getByText('Nobody is waiting yet.')).toBeVisible();
  const nikos = await sit(browser, { viewport: phone, hasTouch: true });
  await enter(nikos, await guest('Nikos'));
  await expect(teacher.getByText('1 person is waiting.')).toBeVisible();
  await expect(teacher.locator('.names').getByRole('listitem')).toHaveText(['Nikos']);
  await school.changeSchool(school.id, { lobby: 'guests' }); // the lesson that waits follows it
  const late = await sit(browser, { viewport: phone, hasTouch: true });
  await enter(late, await guest('Eleni'));
  await expect(late.getByRole('heading', { name: 'The teacher will let you in' })).toBeVisible();
  await expect(teacher.getByText('1 more stands at the door until you let her in.')).toBeVisible();
  await faultless(teacher, 'green-room-door-desktop');
  await teacher.setViewportSize(phone);
  await faultless(teacher, 'green-room-door-phone');
  await teacher.getByRole('button', { name: 'Let in: Eleni' }).click();
  await expect(teacher.locator('.names').getByRole('listitem')).toHaveText(['Nikos', 'Eleni']);
  await late.close();
  await expect(teacher.locator('.names').getByRole('listitem')).toHaveText(['Nikos']);
});

test('a line answers another one; what was taken back says so, and words that the school does not allow are masked', async ({ browser }) => {
  await school.changeSchool(school.id, { chat_words: ['fool'] });

  const teacher = await sit(browser);
  const student = await sit(browser, { viewport: phone, hasTouch: true });
  await teach(teacher, await school.link({ role: 'teacher' }));
  await enter(student, await guest('Nikos'));
  await student.getByRole('button', { name: 'Chat' }).tap();
  const write = async (page: Page, text: string) => {
    await page.getByLabel('Your line').fill(text);
    await page.keyboard.press('Enter');
    await expect(page.getByLabel('Your line')).toHaveValue('');
  };
  await write(student, 'Is sound a wave, or am I a fool?');
  await tab(teacher, /^Chat/).click();
  await expect(teacher.locator('.lines .text')).toHaveText('Is sound a wave, or am I a ****?');
  await teacher.getByRole('button', { name: 'Reply to the line of Nikos' }).click();
  await expect(teacher.getByLabel('Your line')).toBeFocused();
  await shoot(teacher, 'chat-replying-teacher-desktop');
  await write(teacher, 'A wave of pressure.');
  const quote = student.getByRole('button', { name: 'Go to the line of Nikos that this one answers' });
  await expect(quote).toContainText('Is sound a wave, or am I a ****?');
  await faultless(student, 'chat-reply-phone');
  await quote.tap();
  await expect(student.locator('.line.looked .text')).toHaveText('Is sound a wave, or am I a ****?');
  await teacher.getByRole('button', { name: 'Delete the line of Nikos' }).click();
  await expect(quote).toContainText('This line was taken back.');
  await faultless(teacher, 'chat-reply-taken-back-teacher-desktop');
});

test('a refused line stays with its writer and says why, and she can rewrite it', async ({ browser }) => {
  await school.changeSchool(school.id, { chat_words: ['fool'], chat_words_rule: 'refuse' });
  const teacher = await sit(browser);
  const student = await sit(browser, { viewport: phone, hasTouch: true });
  await teach(teacher, await school.link({ role: 'teacher' }));
  await enter(student, await guest('Nikos'));
  await student.getByRole('button', { name: 'Chat' }).tap();
  const own = student.getByLabel('Your line');
  await own.fill('What a fool I am!');
  await student.getByRole('button', { name: 'Send', exact: true }).tap();
  const refused = student.locator('.line.waiting');
  await expect(refused).toContainText('Your school does not allow one of these words.');
  await own.fill('This one goes.');
  await student.getByRole('button', { name: 'Send', exact: true }).tap();
  await tab(teacher, /^Chat/).click();
  await expect(teacher.locator('.lines .text')).toHaveText(['This one goes.']);
  await faultless(student, 'chat-refused-phone');
  await student.getByRole('button', { name: 'Rewrite' }).tap();
  await expect(refused).toHaveCount(0);
  await expect(own).toHaveValue('What a fool I am!');
  await own.fill('What a day!');
  await student.keyboard.press('Enter');
  await expect(teacher.locator('.lines .text')).toHaveText(['This one goes.', 'What a day!']);
});

test('everything can be typed: by keyboard alone a student raises her hand, a teacher locks, asks, removes', async ({ browser }) => {
  const teacher = await sit(browser);
  const student = await sit(browser, { locale: 'el-GR' });
  await teach(teacher, await school.link({ role: 'teacher' }));
  await student.goto(await guest('Ada'));
  await student.getByRole('button', { name: 'Είσοδος' }).click();
  await expectPicture(student, camera);

  await student.keyboard.press('/');
  await expect(student.getByRole('combobox', { name: 'Εντολή' })).toBeFocused();
  await student.keyboard.type('χερ');
  await faultless(student, 'commands-student-desktop-greek');
  await student.keyboard.press('Enter');
  await expect(student.getByText('Έγινε: χέρι')).toBeVisible();
  await expect(teacher.locator('.hands .name')).toHaveText(['Ada']);

  const types = async (text: string) => {
    await teacher.keyboard.press('Control+k');
    await expect(teacher.getByRole('combobox', { name: 'Command' })).toBeFocused();
    await teacher.keyboard.type(text);
    await teacher.keyboard.press('Enter');
  };
  await types('lower ada');
  await expect(teacher.locator('.hands .name')).toHaveCount(0);
  await types('poll Ready?');
  await expect(student.getByText('Ready?').first()).toBeVisible();
  await student.keyboard.press('Control+k');
  await expect(student.getByRole('combobox', { name: 'Εντολή' })).toBeFocused();
  await student.keyboard.type('answer ');
  await expect(student.getByRole('dialog').getByRole('option')).toHaveCount(2);
  await student.keyboard.press('ArrowDown');
  await student.keyboard.press('Enter');
  await tab(teacher, /^Poll/).click();
  await expect(teacher.locator('.running .count')).toHaveText(['0', '1']);
  await types('close');
  await expect(teacher.locator('.results')).toContainText('1 has answered');
  await types('lock');
  await expect(teacher.getByText('Done: lock')).toBeVisible();
  await tab(teacher, 'Rules').click();
  await expect(teacher.getByLabel('Nobody new comes in')).toBeChecked();

  await teacher.keyboard.press('?');
  await expect(teacher.getByRole('dialog')).toContainText('opens the command line');
  await faultless(teacher, 'commands-help-teacher-desktop');
  await teacher.keyboard.press('Escape');
  await types('remove ada');
  await expect(teacher.getByRole('dialog').getByText('Press Enter again: remove Ada')).toBeVisible();
  await faultless(teacher, 'commands-sure-teacher-desktop');
  await teacher.keyboard.press('Enter');
  await expect(student.getByRole('heading', { name: 'Δεν είστε πια σε αυτό το μάθημα' })).toBeVisible();
  // What is typed into a field is no command.
  await tab(teacher, /^Chat/).click();
  await teacher.getByLabel('Your line').fill('');
  await teacher.getByLabel('Your line').press('/');
  await expect(teacher.getByRole('dialog')).toHaveCount(0);
});

test('right to left: a teacher and a student in Arabic, on a desk and on a phone', async ({ browser }) => {
  const teacher = await sit(browser, { locale: 'ar' });
  const student = await sit(browser, { locale: 'ar', viewport: phone, hasTouch: true });
  await teacher.goto(await school.link({ role: 'teacher' }));
  await expect(teacher.locator('html')).toHaveAttribute('dir', 'rtl');
  await faultless(teacher, 'rtl-green-room-desktop');
  await teacher.getByRole('button', { name: 'ابدأ الدرس' }).click();
  await expect(teacher.getByText('صوتك مسموع وصورتك مرئية.')).toBeVisible();

  await student.goto(await guest('Ada Beta'));
  await faultless(student, 'rtl-join-phone');
  await student.getByRole('button', { name: 'دخول' }).click();
  await expectPicture(student, camera);
  await student.getByRole('button', { name: 'أرفع يدي' }).tap();
  await faultless(student, 'rtl-lesson-phone');
  await student.getByRole('button', { name: 'الدردشة' }).tap();
  await student.getByLabel('رسالتك').fill('لماذا السرعة 340 m/s؟');
  await student.getByRole('button', { name: 'إرسال' }).tap();
  await expect(student.getByLabel('رسالتك')).toHaveValue('');
  await faultless(student, 'rtl-chat-phone');

  await expect(teacher.locator('.hands .name')).toHaveText(['Ada Beta']);
  await faultless(teacher, 'rtl-hands-desktop');
  await tab(teacher, /^الدردشة/).click();
  await expect(teacher.locator('.lines .text')).toHaveText('لماذا السرعة 340 m/s؟');
  await faultless(teacher, 'rtl-chat-desktop');
  await tab(teacher, /^الدردشة/).focus();
  await teacher.keyboard.press('ArrowLeft'); // onwards, in this direction
  await expect(tab(teacher, /^سؤال/)).toHaveAttribute('aria-selected', 'true');
  await tab(teacher, 'القواعد').click();
  await faultless(teacher, 'rtl-rules-desktop');
  await teacher.keyboard.press('?');
  await faultless(teacher, 'rtl-commands-desktop');
  await teacher.keyboard.press('Escape');
  // The language is the reader's own: the switch turns the page around at once.
  await teacher.getByLabel('اللغة').selectOption('en');
  await expect(teacher.locator('html')).toHaveAttribute('dir', 'ltr');
  await teacher.getByLabel('Language').selectOption('ar');
  await teacher.getByRole('button', { name: 'أنهِ الدرس' }).click();
  await teacher.getByRole('dialog').getByRole('button', { name: 'أنهِه للجميع' }).click();
  await expect(teacher.getByRole('heading', { name: 'انتهى الدرس' })).toBeVisible();
  await faultless(teacher, 'rtl-report-desktop');
  await student.goto(`${server.origin}/`);
  await expect(student.getByRole('heading', { name: 'تسجيل الدخول' })).toBeVisible();
  await faultless(student, 'rtl-sign-in-phone');
});

test('the projector shows the stage, the question and the hands, and nothing to press', async ({ browser }) => {
  const teacher = await sit(browser);
  const student = await sit(browser);
  await teach(teacher, await school.link({ role: 'teacher' }));
  await enter(student, await guest('Nikos'));
  await teacher.context().addInitScript(installProbe);
  const [beamer] = await Promise.all([teacher.context().waitForEvent('page'), teacher.getByRole('button', { name: 'Projector' }).click()]);
  await beamer.setViewportSize({ width: 1920, height: 1080 });
  await expectPicture(beamer, camera);
  await expect(beamer.getByRole('button')).toHaveCount(0);
  await faultless(beamer, 'projector-stage');
  await student.getByRole('button', { name: 'Raise hand' }).click();
  await expect(beamer.getByRole('listitem')).toHaveText(['Nikos']);
  await tab(teacher, /^Poll/).click();
  await teacher.getByLabel('Question').fill('What does a wave carry?');
  await teacher.getByLabel('Kind of answer').selectOption('single');
  await teacher.getByLabel('Choice 1').fill('Matter');
  await teacher.getByLabel('Choice 2').fill('Energy');
  await teacher.getByRole('button', { name: 'Ask the class' }).click();
  await expect(beamer.getByRole('heading', { name: 'What does a wave carry?' })).toBeVisible();
  await student.getByRole('radio', { name: 'Energy' }).check();
  await student.getByRole('button', { name: 'Answer', exact: true }).click();
  await expect(beamer.getByText('1 has answered')).toBeVisible();
  await expect(beamer.locator('.count')).toHaveCount(0); // nobody is led by what the others say
  await faultless(beamer, 'projector-question');
  await teacher.getByRole('button', { name: 'Close the question' }).click();
  await expect(beamer.locator('.count')).toHaveText(['0', '1']);
  await faultless(beamer, 'projector-result');
  // It is the teacher's second window: in the class she is one person.
  await tab(student, 'People').click();
  await expect(student.getByText('2 people here')).toBeVisible();
  await beamer.close();
  await expect(student.getByText('2 people here')).toBeVisible();
});

test('a student sees her own attendance, her teacher that of the class', async ({ browser }) => {
  const ada = await school.person('Ada', 'Beta', 'student', 'ada');
  await school.person('Zoe', 'Beta', 'student', 'zoe');
  const hypatia = await school.person('Hypatia', 'Beta', 'teacher', 'hypatia');
  await school.start();
  const student = await sit(browser, { viewport: phone });
  await enter(student, await school.link({ role: 'student', user_id: ada }));
  await expect(student.getByRole('button', { name: 'Raise hand' })).toBeVisible();
  await school.post(`/lessons/${school.lesson}/end`, {});

  await signIn(student, await school.invitation(ada));
  await student.getByRole('link', { name: 'My attendance' }).click();
  await expect(student.getByRole('listitem').filter({ hasText: 'Waves and sound' })).toBeVisible();
  await expect(student.getByRole('term').filter({ hasText: 'There' })).toBeVisible();
  await faultless(student, 'attendance-mine-phone');

  const teacher = await sit(browser);
  await signIn(teacher, await school.invitation(hypatia));
  await teacher.getByRole('link', { name: 'Attendance: Physics B2' }).click();
  await expect(teacher.getByRole('row').filter({ hasText: 'Zoe Beta' })).toBeVisible();
  await faultless(teacher, 'attendance-class-desktop');
  const [download] = await Promise.all([teacher.waitForEvent('download'), teacher.getByRole('button', { name: 'Save as CSV' }).click()]);
  expect(download.suggestedFilename()).toMatch(/^attendance-.*\.csv$/);
  await teacher.setViewportSize(phone);
  await faultless(teacher, 'attendance-class-phone');
  await teacher.getByRole('link', { name: 'Zoe Beta' }).click();
  await expect(teacher.getByText('did not come')).toBeVisible();
  await teacher.getByLabel('Language').selectOption('ar');
  await expect(teacher.getByText('لم يأتِ')).toBeVisible();
  await faultless(teacher, 'attendance-person-rtl-phone');
});
