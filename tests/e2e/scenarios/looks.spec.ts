// Every page, walked through and looked at: on a phone, a tablet, a desk and a projector, in light and dark, in three
// languages. What can be said of all of them is asserted; the pictures are kept to be looked at (build/screenshots/walk-*).
import { type Browser, expect, type Page } from '@playwright/test';
import { camera, crowd, desktop, enter, expectPicture, phone, shoot, signIn, sit, test } from '../support/classroom.ts';
import { expectAccessible, expectNoTextCut, expectNothingCutOff, expectStageInSight, settled } from '../support/looks.ts';
import { makePdf } from '../support/pdf.ts';
import { Server } from '../support/server.ts';

const tablet = { width: 820, height: 1180 };
const projector = { width: 1920, height: 1080 };
const lying = { width: 740, height: 360 }; // a phone on its side
const sizes = { phone, lying, tablet, desktop, projector };
type Size = keyof typeof sizes;
const inLesson: Size[] = ['phone', 'lying', 'tablet', 'desktop'];
const longName = 'Ελευθερία-Αναστασία Χατζηκωνσταντίνου-Παπαγεωργίου';

let server: Server;
let token = '';
let school = '';
let cls = '';

// The demo's school, and in it what a year brings: people, a term, holidays, a lesson that is over.
const at = (path: string) => `${server.origin}/api/v1${path}`;
const headers = () => ({ Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' });
async function post(path: string, body: unknown): Promise<Record<string, string>> {
  const response = await fetch(at(path), { method: 'POST', headers: headers(), body: JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return text ? (JSON.parse(text) as Record<string, string>) : {};
}
async function first(path: string): Promise<Record<string, string>> {
  const answer = (await (await fetch(at(path), { headers: headers() })).json()) as { items: Record<string, string>[] };
  return answer.items[0]!;
}
async function person(given_name: string, family_name: string, role: string, username: string): Promise<string> {
  const { id } = await post(`/schools/${school}/users`, { given_name, family_name, roles: [role], username });
  if (role !== 'admin') await post(`/classes/${cls}/enrollments`, { user_id: id, role });
  return id!;
}
async function lesson(title: string, fromMinutes: number, more: object = {}): Promise<string> {
  const moment = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
  const { id } = await post(`/classes/${cls}/lessons`, { title, starts_at: moment(fromMinutes), ends_at: moment(fromMinutes + 45), allow_clashes: true, ...more });
  return id!;
}
async function change(path: string, members: object | null): Promise<void> {
  const etag = (await fetch(at(path), { headers: headers() })).headers.get('etag') ?? '';
  const body = members && JSON.stringify(members);
  const response = await fetch(at(path), { method: members ? 'PATCH' : 'DELETE', headers: { ...headers(), 'If-Match': etag }, body });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
}
const link = async (of: string, who: object) => (await post(`/lessons/${of}/join-links`, who)).url!;

test.beforeAll(async () => {
  server = new Server(['--demo']);
  await server.start('demo');
  token = server.adminToken();
  school = (await first('/schools')).id!;
  cls = (await first(`/schools/${school}/classes`)).id!;
});
test.afterAll(() => server.stop());

async function speak(page: Page, language: 'en' | 'el' | 'ar'): Promise<void> {
  await page.locator('header select').selectOption(language);
  await expect(page.locator('html')).toHaveAttribute('lang', language);
}

// One state of a page, on these sizes; then once in the dark, once in Greek and once in Arabic.
async function look(page: Page, name: string, options: { on?: Size[]; languages?: boolean } = {}): Promise<void> {
  const { on = ['phone', 'tablet', 'desktop'], languages = true } = options;
  const keep = async (kind: string) => {
    await settled(page);
    await shoot(page, `walk-${name}-${kind}`);
    await expectNothingCutOff(page);
    await expectNoTextCut(page);
    await expectStageInSight(page);
  };
  for (const size of on) {
    await page.setViewportSize(sizes[size]);
    await keep(size);
  }
  await page.emulateMedia({ colorScheme: 'dark' });
  await keep(`${on.at(-1)}-dark`);
  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(sizes[on[0]!]);
  if (languages) {
    await speak(page, 'el');
    await keep(`${on[0]}-greek`);
    await speak(page, 'ar');
    await keep(`${on[0]}-arabic`);
    await speak(page, 'en');
  }
  await expectAccessible(page);
  await page.setViewportSize(sizes[on.at(-1)!]);
}

async function signInAs(browser: Browser, user: string): Promise<Page> {
  const page = await sit(browser, { timezoneId: 'Europe/Athens' });
  await signIn(page, (await post(`/users/${user}/invitations`, {})).url!);
  return page;
}

test('the pages of the school', async ({ browser }) => {
  const ada = await person('Ada', 'Admin', 'admin', 'ada');
  const hypatia = await person('Υπατία', 'Παππά', 'teacher', 'ypatia');
  const katerina = await person('Αικατερίνη-Μαργαρίτα', 'Παπαδημητρακοπούλου-Αλεξανδροπούλου', 'student', 'katerina');
  await post(`/schools/${school}/academic-sessions`, { title: '2026–2027', type: 'school_year', starts_on: '2026-01-01', ends_on: '2027-12-31', school_year: '2027' });
  await post(`/schools/${school}/closures`, { title: '28η Οκτωβρίου', starts_on: '2031-10-28', ends_on: '2031-10-28' });
  const over = await lesson('Κύματα και ήχος: συμβολή, περίθλαση, στάσιμα κύματα (επανάληψη)', -10);
  await lesson('Light', 30);
  await lesson('Lenses and mirrors', 24 * 60);
  await post(`/lessons/${over}/start`, {});
  const pupil = await sit(browser);
  await enter(pupil, await link(over, { role: 'student', user_id: katerina }));
  await expect(pupil.getByRole('button', { name: 'Raise hand' })).toBeVisible();
  await post(`/lessons/${over}/end`, {});
  await pupil.context().close();

  const page = await sit(browser);
  await page.goto(server.origin);
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await look(page, 'sign-in');
  await page.goto((await post(`/users/${ada}/invitations`, {})).url!);
  await expect(page.getByRole('heading', { name: 'Welcome' })).toBeVisible();
  await look(page, 'welcome', { on: ['phone', 'desktop'] });
  await page.context().close();

  const admin = await signInAs(browser, ada);
  const open = async (tab: string, shown: string | RegExp) => {
    await admin.getByRole('navigation').getByRole('button', { name: tab, exact: true }).click();
    await expect(admin.getByText(shown).first()).toBeVisible();
  };
  await open('Week', 'Light');
  await look(admin, 'admin-week');
  await admin.getByText('Plan a lesson, weekly or once').click();
  await admin.getByRole('button', { name: /^Change: Light/ }).click();
  await look(admin, 'admin-week-change', { on: ['phone', 'desktop'], languages: false });
  await open('Holidays', '28η Οκτωβρίου');
  await look(admin, 'admin-holidays', { on: ['phone', 'desktop'] });
  await open('People', /Παπαδημητρακοπούλου/);
  await look(admin, 'admin-people');
  await open('Import', 'Check the file');
  await look(admin, 'admin-import', { on: ['phone', 'desktop'] });
  await open('Rules', 'Who waits at the door');
  await look(admin, 'admin-rules');
  await open('Access', 'API tokens');
  await look(admin, 'admin-access', { on: ['phone', 'desktop'] });
  await open('Classes', 'Attendance of terms and years');
  await look(admin, 'admin-classes', { on: ['phone', 'desktop'] });
  await admin.getByRole('button', { name: 'Join sheet: Physics' }).click();
  await expect(admin.getByRole('cell', { name: 'katerina' })).toBeVisible();
  await look(admin, 'admin-join-sheet', { on: ['phone', 'desktop'], languages: false });
  await admin.getByRole('button', { name: 'Back' }).click();
  await admin.getByRole('link', { name: '2026–2027' }).click();
  await expect(admin.getByText(/Παπαδημητρακοπούλου/).first()).toBeVisible();
  await look(admin, 'attendance-term', { on: ['phone', 'desktop'], languages: false });
  await admin.context().close();

  const teacher = await signInAs(browser, hypatia);
  await expect(teacher.getByText('Light', { exact: true })).toBeVisible();
  await look(teacher, 'home-teacher');
  await teacher.getByRole('link', { name: 'Attendance: Physics' }).click();
  await expect(teacher.getByText(/Παπαδημητρακοπούλου/).first()).toBeVisible();
  await look(teacher, 'attendance-class', { on: ['phone', 'desktop'] });
  await teacher.goto(`${server.origin}/report/${over}`);
  await expect(teacher.getByText(/Παπαδημητρακοπούλου/).first()).toBeVisible();
  await look(teacher, 'report');
  await teacher.context().close();

  const student = await signInAs(browser, katerina);
  await expect(student.getByText('Light', { exact: true })).toBeVisible();
  await look(student, 'home-student');
  await student.getByRole('link', { name: 'My attendance' }).click();
  await expect(student.getByText('present').or(student.getByText('There')).first()).toBeVisible();
  await look(student, 'attendance-mine', { on: ['phone', 'desktop'] });
});

test('the pages of a lesson', async ({ browser }) => {
  test.setTimeout(240_000); // a walk of many steps on a busy machine
  const waves = await lesson('Κύματα και ήχος: συμβολή, περίθλαση', 0);
  const early = await lesson('Lenses and mirrors', 2 * 24 * 60);
  const guest = (name?: string) => link(waves, name ? { role: 'guest', name } : { role: 'guest' });

  const student = await sit(browser, { hasTouch: true });
  await student.goto(await link(early, { role: 'guest', name: 'Nikos' }));
  await expect(student.getByText(/The lesson opens on \w+day \d+ \w+ at \d\d:\d\d/)).toBeVisible();
  await look(student, 'door-early', { on: ['phone', 'desktop'] });
  await student.goto((await guest()).replace(/#.*/, '#thr_forged'));
  await expect(student.getByRole('heading', { name: 'The lesson does not open' })).toBeVisible();
  await look(student, 'error-link', { on: ['phone', 'desktop'] });
  await student.goto('about:blank'); // another token alone would be the same page
  await student.goto(await guest());
  await student.getByLabel('Your name').fill(longName);
  await look(student, 'door-join');
  await student.getByRole('button', { name: 'Enter' }).click();
  await expect(student.getByText('The lesson has not started yet')).toBeVisible();
  await look(student, 'room-waiting', { on: ['phone', 'desktop'] });

  const teacher = await sit(browser);
  await teacher.goto(await link(waves, { role: 'teacher', name: 'Hypatia Pappa' }));
  await expect(teacher.getByText('We hear you well.')).toBeVisible();
  await crowd(teacher, await guest(), 24);
  await expect(teacher.getByText('25 people are waiting.')).toBeVisible();
  await look(teacher, 'green-room');
  await teacher.getByRole('button', { name: 'Start the lesson' }).click();
  await expect(teacher.getByText('You are heard and seen.')).toBeVisible();

  // Sheets of a phone and a tablet, panels of a desk: opened once, and then seen on each.
  const open = async (page: Page, name: string | RegExp) => {
    await page.setViewportSize(phone);
    await page.getByRole('button', { name }).click();
    await expect(page.getByRole('tabpanel')).toBeInViewport();
  };
  const close = async (page: Page) => {
    await page.setViewportSize(phone);
    await page.getByRole('button', { name: 'Close', exact: true }).click();
  };
  await open(teacher, /^Slides/);
  await teacher.locator('input[type=file]').setInputFiles({ name: 'Waves.pdf', mimeType: 'application/pdf', buffer: makePdf(['What is a wave?', 'Sound']) });
  await close(teacher);

  await expectPicture(student, camera);
  await look(student, 'room', { on: inLesson });
  await student.setViewportSize(phone);
  await student.getByRole('button', { name: 'Raise hand' }).tap();
  await student.getByRole('button', { name: 'React' }).tap();
  await look(student, 'room-react', { on: ['phone', 'lying', 'desktop'] });
  await student.setViewportSize(phone);
  await student.getByRole('button', { name: 'React' }).tap();
  await open(student, /^Chat/);
  await student.getByLabel('Your line').fill('Γιατί ακούμε πίσω από μια γωνία αλλά δεν βλέπουμε; Is it the length of the wave?');
  await student.keyboard.press('Enter');
  await expect(student.getByLabel('Your line')).toHaveValue('');
  await open(teacher, /^People/);
  await expect(teacher.locator('.hands .name')).toHaveText([longName]);
  await look(teacher, 'cockpit-people', { on: inLesson });
  await teacher.getByRole('tab', { name: /^Chat/ }).click();
  await teacher.getByLabel('Your line').fill('Because its wave is as long as the corner is wide.');
  await teacher.keyboard.press('Enter');
  await expect(student.locator('.lines .text')).toHaveCount(2);
  await look(teacher, 'cockpit-chat', { on: inLesson });
  await look(student, 'room-chat', { on: inLesson });
  await teacher.getByRole('tab', { name: /^Poll/ }).click();
  await look(teacher, 'cockpit-poll-new', { on: ['phone', 'desktop'] });
  await teacher.getByLabel('Question').fill('What does a wave carry from one place to another?');
  await teacher.getByLabel('Kind of answer').selectOption('single');
  await teacher.getByLabel('Choice 1').fill('Matter');
  await teacher.getByLabel('Choice 2').fill('Energy, and with it what somebody has to say');
  await teacher.getByRole('button', { name: 'Ask the class' }).click();
  await expect(student.getByText('What does a wave carry').first()).toBeVisible();
  await look(student, 'room-poll', { on: ['phone', 'desktop'] });
  await student.getByRole('radio', { name: /Energy/ }).check();
  await student.getByRole('button', { name: 'Answer', exact: true }).click();
  await expect(teacher.locator('.running .count')).toHaveText(['0', '1']);
  await look(teacher, 'cockpit-poll');
  await teacher.getByRole('tab', { name: 'Rules' }).click();
  await look(teacher, 'cockpit-rules');
  await close(student);
  await open(student, /^People/);
  await look(student, 'room-people', { on: ['phone', 'desktop'] });
  await close(student);

  const beamer = await sit(browser);
  await beamer.goto((await link(waves, { role: 'teacher', name: 'Hypatia Pappa' })).replace('#', '?view=projector#'));
  await expectPicture(beamer, camera);
  await look(beamer, 'projector-poll', { on: ['desktop', 'projector'], languages: false });
  await beamer.context().close();

  await teacher.getByRole('tab', { name: 'Slides' }).click();
  await teacher.getByRole('button', { name: 'Show Waves' }).click({ timeout: 60_000 });
  for (const page of [teacher, student]) await expect(page.locator('.slide img')).toBeVisible();
  await look(teacher, 'cockpit-slides', { on: inLesson });
  await look(student, 'room-slides', { on: inLesson });
  await teacher.setViewportSize(desktop);
  await teacher.getByRole('tab', { name: /^People/ }).click();
  await teacher.getByRole('button', { name: `Give the floor to ${longName}` }).first().click();
  await expect(student.getByText('You have the floor').first()).toBeVisible();
  await look(student, 'room-floor', { on: ['phone', 'desktop'] });

  const outside = await sit(browser, { viewport: phone });
  await teacher.getByRole('tab', { name: 'Rules' }).click();
  await teacher.getByLabel('Who waits until you let them in').selectOption('guests');
  await enter(outside, await guest('Erinna'));
  await expect(outside.getByRole('heading', { name: 'The teacher will let you in' })).toBeVisible();
  await look(outside, 'door-lobby', { on: ['phone', 'desktop'] });
  await teacher.getByRole('tab', { name: /^People/ }).click();
  await teacher.getByRole('button', { name: 'Refuse Erinna' }).click();
  await expect(outside.getByRole('heading', { name: 'You were not let in' })).toBeVisible();
  await look(outside, 'door-refused', { on: ['phone', 'desktop'] });

  await teacher.getByRole('button', { name: 'End the lesson' }).click();
  await look(teacher, 'cockpit-end', { on: ['phone', 'desktop'], languages: false });
  await teacher.getByRole('dialog').getByRole('button', { name: 'End for everybody' }).click();
  await expect(teacher.getByRole('heading', { name: 'The lesson is over' })).toBeVisible();
  await look(teacher, 'report-after');
  await expect(student.getByRole('heading', { name: 'The lesson is over' })).toBeVisible();
  await look(student, 'room-over', { on: ['phone', 'desktop'] });
});

test('a lesson that is full, closed to newcomers, lost, cancelled and deleted', async ({ browser }) => {
  test.setTimeout(240_000);
  const waves = await lesson('Κύματα και ήχος: συμβολή, περίθλαση', 0);
  const guest = (name?: string) => link(waves, name ? { role: 'guest', name } : { role: 'guest' });
  const teachers = await link(waves, { role: 'teacher', name: 'Hypatia Pappa' });
  const teacher = await sit(browser);
  await teacher.goto(teachers);
  await teacher.getByRole('button', { name: 'Start the lesson' }).click();
  await expect(teacher.getByText('You are heard and seen.')).toBeVisible();
  const student = await sit(browser, { hasTouch: true });
  await enter(student, await guest(longName));
  await expectPicture(student, camera);
  const beamer = await sit(browser);
  await beamer.goto(teachers.replace('#', '?view=projector#'));
  await expectPicture(beamer, camera);

  await crowd(student, await guest(), 130);
  await expect(teacher.getByText('132 people here')).toBeVisible();
  await teacher.setViewportSize(phone);
  await teacher.getByRole('button', { name: /^People/ }).click();
  await look(teacher, 'cockpit-full');
  await student.setViewportSize(phone);
  await student.getByRole('button', { name: /^People/ }).click();
  await expect(student.getByText('132 people here')).toBeVisible();
  await look(student, 'room-full', { on: ['phone', 'desktop'] });

  await teacher.getByRole('tab', { name: 'Rules' }).click();
  await teacher.getByLabel('Nobody new comes in').check();
  const late = await sit(browser);
  await enter(late, await guest('Erinna'));
  await expect(late.getByRole('heading', { name: 'The lesson is closed to newcomers just now' })).toBeVisible();
  await look(late, 'door-locked', { on: ['phone', 'desktop'] });

  // No language is fetched from a server that is gone.
  await server.kill('SIGKILL');
  for (const page of [teacher, student, late, beamer]) await expect(page.getByText('Your link is gone. You will be back by yourself.').first()).toBeVisible();
  await look(teacher, 'cockpit-lost', { languages: false });
  await look(student, 'room-lost', { languages: false });
  await look(late, 'door-lost', { on: ['phone', 'desktop'], languages: false });
  await look(beamer, 'projector-lost', { on: ['desktop', 'projector'], languages: false });
  await server.start();
  await expect(teacher.getByText('You are heard and seen.')).toBeVisible();
  await expectPicture(student, camera);
  for (const page of [teacher, student, late, beamer]) await page.context().close();

  const off = await lesson('Lenses and mirrors', 5);
  const gone = await lesson('Φως και σκιά', 5);
  const waiting = await sit(browser, { hasTouch: true });
  await enter(waiting, await link(off, { role: 'guest', name: 'Nikos' }));
  await expect(waiting.getByText('The lesson has not started yet')).toBeVisible();
  const other = await sit(browser);
  await enter(other, await link(gone, { role: 'guest', name: 'Nikos' }));
  await expect(other.getByText('The lesson has not started yet')).toBeVisible();
  const teachersOff = await link(off, { role: 'teacher', name: 'Hypatia Pappa' });
  const [studentsOff, studentsGone] = [await link(off, { role: 'guest' }), await link(gone, { role: 'guest' })];
  await change(`/lessons/${off}`, { cancelled: true });
  await expect(waiting.getByRole('heading', { name: 'This lesson was cancelled' })).toBeVisible();
  await look(waiting, 'room-cancelled', { on: ['phone', 'desktop'] });
  await change(`/lessons/${gone}`, null);
  await expect(other.getByRole('heading', { name: 'This lesson was cancelled' })).toBeVisible();
  await look(other, 'room-deleted', { on: ['phone', 'desktop'] });
  for (const page of [waiting, other]) await page.context().close();

  const door = await sit(browser);
  await door.goto(studentsOff);
  await expect(door.getByRole('heading', { name: 'This lesson was cancelled' })).toBeVisible();
  await look(door, 'door-cancelled', { on: ['phone', 'desktop'], languages: false });
  await door.goto('about:blank');
  await door.goto(teachersOff);
  await expect(door.getByRole('heading', { name: 'This lesson was cancelled' })).toBeVisible();
  await look(door, 'teacher-cancelled', { on: ['phone', 'desktop'] });
  await door.goto('about:blank');
  await door.goto(studentsGone);
  await expect(door.getByRole('heading', { name: 'The lesson does not open' })).toBeVisible();
  await look(door, 'door-deleted', { on: ['phone', 'desktop'] });
});
