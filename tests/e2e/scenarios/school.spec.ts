import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { expectAccessible, expectNothingCutOff } from '../support/looks.ts';
import { School } from '../support/school.ts';
import { Server } from '../support/server.ts';

const shots = new URL('../../../build/screenshots/', import.meta.url).pathname;
const password = 'a quiet school desk';

async function faultless(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${shots}school-${name}.png`, fullPage: true });
  await expectAccessible(page);
  await expectNothingCutOff(page);
}

// A roster as another system would hand it over: made through REST in one school, exported as OneRoster.
async function exportedRoster(server: Server, school: School): Promise<string> {
  const { id } = await school.post('/schools', { name: 'Old system', time_zone: 'Europe/Athens' });
  const year = await school.post(`/schools/${id}/academic-sessions`, {
    title: '2026-2027', type: 'school_year', starts_on: '2026-09-01', ends_on: '2027-06-30', school_year: '2027',
  });
  const course = await school.post(`/schools/${id}/courses`, { title: 'Physics' });
  const cls = await school.post(`/schools/${id}/classes`, { title: 'Φυσική Β2', course_id: course.id, term_ids: [year.id] });
  const person = (given_name: string, family_name: string, role: string, username: string) =>
    school.post(`/schools/${id}/users`, { given_name, family_name, roles: [role], username });
  const teacher = await person('Υπατία', 'Παππά', 'teacher', 'ypatia');
  const student = await person('Ελένη', 'Ράλλη', 'student', 'eleni');
  await school.post(`/classes/${cls.id}/enrollments`, { user_id: teacher.id, role: 'teacher' });
  await school.post(`/classes/${cls.id}/enrollments`, { user_id: student.id, role: 'student' });
  const answer = await fetch(`${server.origin}/api/v1/schools/${id}/export`, { headers: { Authorization: `Bearer ${school.token}` } });
  const file = join(tmpdir(), `thranio-roster-${process.pid}.zip`);
  writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
  return file;
}

test('an admin imports a roster, plans a weekly lesson; the teacher starts it from her home page, a student joins from the class link', async ({
  browser,
}) => {
  const server = new Server();
  await server.start();
  const school = await School.open(server);
  const roster = await exportedRoster(server, school);
  const { id } = await school.post('/schools', { name: '1ο Γυμνάσιο', time_zone: 'Europe/Athens' });
  const admin = await school.post(`/schools/${id}/users`, { given_name: 'Ada', family_name: 'Admin', roles: ['admin'], username: 'ada' });
  const invitation = (await school.post(`/users/${admin.id}/invitations`, {})).url ?? '';

  // A phone for the student, a desk for the others. All in the school's time zone.
  const context = (width: number, height: number) =>
    browser.newContext({ viewport: { width, height }, permissions: ['camera', 'microphone'], timezoneId: 'Europe/Athens', locale: 'en-GB' });
  const desk = await (await context(1366, 768)).newPage();
  await desk.goto(invitation);
  await desk.getByLabel('Password').fill('short');
  await desk.getByRole('button', { name: 'Set the password' }).click();
  await faultless(desk, 'welcome');
  await desk.getByLabel('Password').fill(password);
  await desk.getByRole('button', { name: 'Set the password' }).click();

  await desk.getByRole('button', { name: 'Import' }).click();
  await desk.getByLabel('OneRoster file').setInputFiles({ name: 'x.zip', mimeType: 'application/zip', buffer: Buffer.from('no zip') });
  await desk.getByRole('button', { name: 'Check the file' }).click();
  await expect(desk.getByText('1 problem: nothing was changed.')).toBeVisible();
  await desk.getByLabel('OneRoster file').setInputFiles(roster);
  await desk.getByRole('button', { name: 'Check the file' }).click();
  await expect(desk.getByText('Checked: nothing was changed yet.')).toBeVisible();
  await faultless(desk, 'import');
  await desk.getByRole('main').getByRole('button', { name: 'Import', exact: true }).last().click();
  await expect(desk.getByText('Imported.')).toBeVisible();

  await desk.getByRole('button', { name: 'Week' }).click();
  await desk.getByText('Plan a lesson, weekly or once').click();
  await desk.getByLabel('Title').fill('Κύματα και ήχος');
  await desk.getByRole('button', { name: 'Plan it' }).click();
  await expect(desk.getByText('It is planned.')).toBeVisible();
  await expect(desk.getByRole('table').getByText('Κύματα και ήχος')).toBeVisible();
  await faultless(desk, 'week');
  await desk.getByRole('button', { name: 'Plan it' }).click();
  await expect(desk.getByText('Somebody would be in two lessons at once:')).toBeVisible();

  // A lesson of the week is moved, given to nobody else, cancelled and brought back; the school closes for a day.
  await desk.getByRole('button', { name: /^Change: Κύματα και ήχος/ }).click();
  const change = desk.getByRole('region', { name: 'Change a lesson' });
  await change.getByLabel('Minutes').fill('50');
  await change.getByLabel('Title').fill('Κύματα');
  await faultless(desk, 'change-lesson');
  await change.getByRole('button', { name: 'Save' }).click();
  await expect(desk.getByRole('table').getByText('Κύματα', { exact: true })).toBeVisible();
  await desk.getByRole('button', { name: /^Change: Κύματα/ }).click();
  await change.getByRole('button', { name: 'Cancel the lesson' }).click();
  await expect(desk.getByRole('table').getByText('cancelled')).toBeVisible();
  await desk.getByRole('button', { name: /^Change: Κύματα/ }).click();
  await change.getByRole('button', { name: 'It takes place after all' }).click();
  await expect(desk.getByRole('table').getByText('cancelled')).toBeHidden();
  await desk.getByRole('button', { name: 'Holidays' }).click();
  await desk.getByLabel('Title').fill('28η Οκτωβρίου');
  await desk.getByLabel('From').fill('2031-10-28');
  await desk.getByLabel('Until').fill('2031-10-28');
  await desk.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(desk.getByRole('cell', { name: '28η Οκτωβρίου', exact: true })).toBeVisible();
  await faultless(desk, 'holidays');
  await desk.getByRole('button', { name: 'Remove: 28η Οκτωβρίου' }).click();
  await expect(desk.getByText('Nothing here yet.')).toBeVisible();
  await desk.getByRole('button', { name: 'Access' }).click();
  await desk.getByLabel('What it is for').fill('Timetable script');
  await desk.getByLabel('change people and classes').uncheck();
  await desk.getByRole('button', { name: 'New token' }).click();
  await expect(desk.getByLabel('Keep this secret')).toHaveValue(/^thr_/);
  await faultless(desk, 'access');
  await desk.getByRole('button', { name: 'Remove: Timetable script' }).click();
  await expect(desk.getByRole('cell', { name: 'Timetable script', exact: true })).toBeHidden();

  // The school's rules: a word that is too long is named at its field, a change of somebody else is not undone unseen.
  await desk.getByRole('button', { name: 'Rules', exact: true }).click();
  await expect(desk.getByRole('button', { name: 'Save the rules' })).toBeDisabled();
  await desk.getByLabel('Words').fill(`fool, ${'a'.repeat(41)}`);
  await desk.getByRole('button', { name: 'Save the rules' }).click();
  await expect(desk.getByText('is longer than 40 letters.')).toBeVisible();
  await faultless(desk, 'rules-refused');
  await desk.getByLabel('Words').fill('fool');
  await desk.getByRole('radio', { name: 'The line is refused' }).check();
  await desk.getByRole('button', { name: 'Save the rules' }).click();
  await expect(desk.getByText('Saved. It holds from now on')).toBeVisible();
  await expect(desk.getByRole('button', { name: 'Save the rules' })).toBeDisabled(); // what is shown is what the school has
  await school.changeSchool(id ?? '', { private_chat: 'free' });
  await desk.getByRole('radio', { name: 'No student is seen' }).check();
  await desk.getByRole('button', { name: 'Save the rules' }).click();
  await expect(desk.getByText('Somebody has changed the rules since you opened this page.')).toBeVisible();
  await expect(desk.getByRole('radio', { name: 'If the teacher allows it, unread' })).toBeChecked();
  await expect(desk.getByRole('radio', { name: 'A student may be seen' })).toBeChecked();
  await faultless(desk, 'rules');

  await desk.getByRole('button', { name: 'People' }).click();
  await faultless(desk, 'people');
  const linkOf = async (name: string) => {
    await desk.getByRole('button', { name: `Invite: ${name}` }).click();
    const field = desk.getByLabel(`Link for ${name}`);
    await expect(field).toBeVisible();
    return field.inputValue();
  };
  const teacherLink = await linkOf('Υπατία Παππά');
  const studentLink = await linkOf('Ελένη Ράλλη');
  await desk.getByRole('button', { name: 'Classes' }).click();
  const classLink = (await desk.getByRole('cell', { name: `${server.origin}/class/` }).textContent()) ?? '';
  await desk.getByRole('button', { name: 'Join sheet' }).click();
  await expect(desk.getByRole('cell', { name: 'eleni' })).toBeVisible();
  await faultless(desk, 'join-sheet');

  const teacher = await (await context(1366, 768)).newPage();
  await teacher.goto(teacherLink);
  await teacher.getByLabel('Password').fill(password);
  await teacher.getByRole('button', { name: 'Set the password' }).click();
  await expect(teacher.getByText('Κύματα', { exact: true })).toBeVisible();
  await faultless(teacher, 'home-teacher');
  await teacher.getByRole('button', { name: 'Enter' }).click();
  await teacher.getByRole('button', { name: 'Start the lesson' }).click();
  await expect(teacher.getByText('You are heard and seen.')).toBeVisible();

  const phone = await (await context(360, 740)).newPage();
  await phone.goto(studentLink);
  await phone.getByLabel('Password').fill(password);
  await phone.getByRole('button', { name: 'Set the password' }).click();
  await expect(phone.getByText('live now')).toBeVisible();
  await phone.goto(classLink);
  await expect(phone.getByText('live now')).toBeVisible();
  await faultless(phone, 'home-student-phone');
  await phone.getByRole('button', { name: 'Enter' }).click();
  await phone.getByRole('button', { name: 'Enter' }).click();
  await expect(phone.getByText('Voice and picture arrive')).toBeVisible();
  await phone.screenshot({ path: `${shots}school-student-in-lesson.png` });

  // What the school lays down now holds in the lesson that runs.
  await desk.getByRole('button', { name: 'Back' }).click();
  await desk.getByRole('button', { name: 'Rules', exact: true }).click();
  await desk.getByRole('radio', { name: 'No student is seen' }).check();
  await desk.getByRole('radio', { name: /^Everybody/ }).check();
  await desk.getByRole('button', { name: 'Save the rules' }).click();
  await expect(desk.getByText('Saved. It holds from now on')).toBeVisible();
  await expect(teacher.getByText('Your school keeps students’ cameras off.')).toBeVisible();
  await teacher.getByRole('tab', { name: 'Rules' }).click();
  await expect(teacher.getByLabel('Who waits until you let them in')).toHaveValue('everybody');
  await server.stop();
});

test('who signs in with a wrong password is told so, and in her language', async ({ page }) => {
  const server = new Server();
  await server.start();
  await page.goto(server.origin);
  await page.getByLabel('Name or address').fill('nobody');
  await page.getByLabel('Password').fill('not a password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toHaveText(/wrong/);
  await page.getByRole('button', { name: 'Forgot the password?' }).click();
  await expect(page.getByText('Ask your school for a new link.')).toBeVisible();
  await page.getByLabel('Language').selectOption('el');
  await expect(page.getByRole('heading', { name: 'Σύνδεση' })).toBeVisible();
  await faultless(page, 'sign-in');
  await server.stop();
});
