// Students speak: the floor is given and taken, three voices at once, silence, speaking freely, push to talk, and a
// microphone that is refused.
import { expect, type Page } from '@playwright/test';
import { camera, enter, expectPicture, freshSchool, phone, shoot, sit, teach, test } from '../support/classroom.ts';
import { expectAccessible, expectNothingCutOff } from '../support/looks.ts';
import type { School } from '../support/school.ts';
import type { Server } from '../support/server.ts';
import { listen, speakIn } from '../support/tone.ts';

let server: Server;
let school: School;
freshSchool((opened) => ({ server, school } = opened));

const [nikosTone, eratoTone, eleniTone] = [700, 1100, 1700];
const tones = [nikosTone, eratoTone, eleniTone];
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });
const voices = (page: Page) => page.locator('.voices li');
const state = (page: Page) => page.locator('.floor-state');

async function expectHeard(page: Page, wanted: number[]): Promise<void> {
  await expect.poll(() => listen(page, tones), { message: 'the tones that arrive', timeout: 30_000 }).toEqual(wanted);
}

test('the floor: two students speak beside the teacher, one on a phone, one without a microphone', async ({ browser }) => {
  test.setTimeout(300_000); // five browsers on a small machine
  const teacher = await sit(browser);
  const nikos = await sit(browser);
  const eleni = await sit(browser);
  const refuses = await sit(browser);
  const erato = await sit(browser, { viewport: phone, locale: 'el-GR', hasTouch: true });
  await speakIn(nikos, nikosTone);
  await speakIn(erato, eratoTone);
  await speakIn(eleni, eleniTone);
  await speakIn(refuses, null);
  await teach(teacher, await school.link({ role: 'teacher' }));
  await enter(nikos, await school.link({ role: 'guest', name: 'Nikos' }));
  await enter(eleni, await school.link({ role: 'guest', name: 'Eleni' }));
  await enter(refuses, await school.link({ role: 'guest', name: 'Sappho' }));
  await erato.goto(await school.link({ role: 'guest', name: 'Ερατώ' }));
  await button(erato, 'Είσοδος').click();
  for (const student of [nikos, eleni, refuses, erato]) await expectPicture(student, camera);

  await test.step('from a raised hand by one tap: the hand goes down, the student is asked, nothing is switched on', async () => {
    await button(nikos, 'Raise hand').click();
    await button(erato, 'Σηκώνω χέρι').tap();
    await expect(teacher.locator('.hands .name')).toHaveText(['Nikos', 'Ερατώ']);
    await shoot(teacher, 'floor-hands-teacher-desktop');
    await teacher.locator('.hands').getByRole('button', { name: 'Give the floor to Nikos' }).click();
    await expect(teacher.locator('.hands .name')).toHaveText(['Ερατώ']);
    await expect(voices(teacher)).toContainText('microphone is off');
    await expect(state(nikos)).toHaveText('You have the floor.');
    await expect(button(nikos, 'Raise hand')).toBeVisible();
    expect(await nikos.evaluate(() => window.microphones)).toBe(0);
    await expectAccessible(nikos);
    await shoot(nikos, 'floor-given-student-desktop');
  });

  await test.step('one large tap, and everybody hears her but herself', async () => {
    await button(nikos, 'Switch on the microphone').click();
    await expect(state(nikos)).toHaveText('You are heard.');
    for (const page of [teacher, eleni, refuses, erato]) await expectHeard(page, [nikosTone]);
    await expectHeard(nikos, []);
    await expect(voices(teacher)).toContainText('is heard');
    await expect(eleni.getByText('Speaking: Nikos')).toBeVisible();
    await shoot(nikos, 'floor-heard-student-desktop');
  });

  await test.step('a second voice from a phone: three at once', async () => {
    await teacher.locator('.hands').getByRole('button', { name: 'Give the floor to Ερατώ' }).click();
    await shoot(erato, 'floor-given-phone-greek');
    await button(erato, 'Ανοίξτε το μικρόφωνο').tap();
    await expect(state(erato)).toHaveText('Ακούγεστε.');
    await expectHeard(eleni, [nikosTone, eratoTone]);
    await expectHeard(teacher, [nikosTone, eratoTone]);
    await expectHeard(nikos, [eratoTone]);
    await expectHeard(erato, [nikosTone]);
    await expectAccessible(erato);
    await expectNothingCutOff(erato);
    await shoot(erato, 'floor-heard-phone-greek');
    await expectAccessible(teacher);
    await shoot(teacher, 'floor-two-teacher-desktop');
    await button(teacher, 'Give the floor to Eleni').click();
    await expect(teacher.getByRole('alert').filter({ hasText: 'Two have the floor already' })).toBeVisible();
  });

  await test.step('silence one, silence all: the server ends it, and it is not switched on again from outside', async () => {
    await button(teacher, 'Silence Nikos').click();
    await expect(state(nikos)).toHaveText('Your teacher has silenced you.');
    await expectHeard(eleni, [eratoTone]);
    // A page that ignores it sends on, and is ended at the door.
    await nikos.evaluate(() => window.peers.forEach((peer) => peer.getSenders().forEach((sender) => sender.track && (sender.track.enabled = true))));
    await expectHeard(eleni, [eratoTone]);
    await button(teacher, 'Let speak again: Nikos').click();
    await expect(state(nikos)).toHaveText('Your microphone is off.');
    await button(nikos, 'Switch on the microphone').click();
    await expectHeard(eleni, [nikosTone, eratoTone]);
    await button(teacher, 'Silence all').click();
    await expectHeard(eleni, []);
    await expect(voices(teacher)).toContainText(['silenced by you', 'silenced by you']);
    await shoot(teacher, 'floor-silenced-teacher-desktop');
  });

  await test.step('taken back by a tap, given back by herself', async () => {
    await button(teacher, 'Take the floor back from Nikos').click();
    await expect(nikos.locator('.floor-strip')).toHaveCount(0);
    await button(erato, 'Επιστρέψτε τον λόγο').tap();
    await expect(voices(teacher)).toHaveCount(0);
    await expect(erato.locator('.floor-strip')).toHaveCount(0);
  });

  await test.step('a refused microphone is a state that the teacher sees', async () => {
    await button(teacher, 'Give the floor to Sappho').click();
    await button(refuses, 'Switch on the microphone').click();
    await expect(state(refuses)).toContainText('The microphone was refused.');
    await expect(voices(teacher)).toContainText('said no to the microphone');
    await expectAccessible(refuses);
    await shoot(refuses, 'floor-refused-student-desktop');
    await shoot(teacher, 'floor-refused-teacher-desktop');
  });

  await test.step('her picture with her voice, where the teacher allows it', async () => {
    await button(teacher, 'Give the floor to Nikos').click();
    await button(nikos, 'Switch on the microphone').click();
    await expectHeard(eleni, [nikosTone]);
    await button(teacher, 'Picture, too: Nikos').click();
    await button(nikos, 'Show my picture').click();
    await expectPicture(eleni, '.floor-picture');
    await expectHeard(eleni, [nikosTone]);
    await shoot(eleni, 'floor-picture-student-desktop');
    await shoot(teacher, 'floor-picture-teacher-desktop');
    // Who takes voice and slides only has her as stills.
    await eleni.getByLabel('Data').selectOption('thrifty');
    await expect(eleni.locator('.floor-still')).toBeVisible();
    await expect(eleni.locator('.floor-picture')).toHaveCount(0);
    const still = () =>
      eleni.locator('.floor-still').evaluate((canvas: HTMLCanvasElement) => {
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
        return data.reduce((sum, value) => sum + value, 0) / data.length;
      });
    await expect.poll(still).toBeGreaterThan(64); // black and opaque would be 63.75
    await shoot(eleni, 'floor-still-student-desktop');
    await eleni.getByLabel('Data').selectOption('all');
  });

  await test.step('the school forbids students’ cameras: the picture that is on ends, the voice can go on', async () => {
    await school.changeSchool(school.id, { students_cameras: 'off' });
    await expect(eleni.locator('.floor-picture, .floor-still')).toHaveCount(0);
    await expect(button(nikos, 'Show my picture')).toHaveCount(0);
    await expect(teacher.getByText('Your school keeps students’ cameras off.')).toBeVisible();
    await expectHeard(eleni, [nikosTone]);
  });

  await test.step('the floor ends by itself when her page is closed', async () => {
    await nikos.close();
    await expect(voices(teacher)).toHaveCount(1);
    await expectHeard(eleni, []);
  });
});

test('speaking freely: the loudest two are heard, with the space bar and without; and after a kill -9', async ({ browser }) => {
  test.setTimeout(300_000);
  const teacher = await sit(browser);
  const [nikos, erato, eleni, listener] = [await sit(browser), await sit(browser, { viewport: phone, hasTouch: true }), await sit(browser), await sit(browser)];
  await speakIn(nikos, nikosTone);
  await speakIn(erato, eratoTone);
  await speakIn(eleni, eleniTone);
  await teach(teacher, await school.link({ role: 'teacher' }));
  for (const [page, name] of [[nikos, 'Nikos'], [erato, 'Erato'], [eleni, 'Eleni'], [listener, 'Listener']] as const)
    await enter(page, await school.link({ role: 'guest', name }));
  for (const student of [nikos, erato, eleni, listener]) await expectPicture(student, camera);

  await test.step('anybody may speak from one tick on', async () => {
    await teacher.getByLabel('Everybody may speak').check();
    for (const student of [nikos, erato]) {
      await button(student, /^Speak$/).click();
      await expect(state(student)).toHaveText('You are heard.');
    }
    await expectHeard(listener, [nikosTone, eratoTone]);
    await expectHeard(teacher, [nikosTone, eratoTone]);
    await expectNothingCutOff(erato);
    await shoot(erato, 'floor-free-phone');
  });

  await test.step('a third is not heard while two louder ones speak, knows it, and is heard when one is silent', async () => {
    await button(eleni, /^Speak$/).click();
    await eleni.evaluate(() => window.volume(0.05));
    await expect(state(eleni)).toHaveText('Others are speaking: you are not heard yet.');
    await expectHeard(listener, [nikosTone, eratoTone]);
    await button(erato, 'Switch off the microphone').click();
    await eleni.evaluate(() => window.volume(0.5));
    await expect(state(eleni)).toHaveText('You are heard.');
    await expectHeard(listener, [nikosTone, eleniTone]);
  });

  await test.step('push to talk: the space bar, held', async () => {
    await button(eleni, 'Hold to talk').first().click();
    await expect(state(eleni)).toHaveText('Hold the button or the space bar while you speak.');
    await expectHeard(listener, [nikosTone]);
    await eleni.locator('main').click({ position: { x: 5, y: 5 } });
    await eleni.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await eleni.keyboard.down('Space');
    await expect(state(eleni)).toHaveText('You are heard.');
    await expectHeard(listener, [nikosTone, eleniTone]);
    await shoot(eleni, 'floor-hold-student-desktop');
    await eleni.keyboard.up('Space');
    await expectHeard(listener, [nikosTone]);
    await expectAccessible(eleni);
  });

  await test.step('kill -9: who spoke is heard again without a tap', async () => {
    await server.kill('SIGKILL');
    await server.start();
    await expectHeard(listener, [nikosTone]);
    await expect(teacher.getByLabel('Everybody may speak')).toBeChecked();
  });

  await test.step('the rule ends, and with it all voices', async () => {
    await teacher.getByLabel('Everybody may speak').uncheck();
    await expectHeard(listener, []);
    await expect(nikos.locator('.floor-strip')).toHaveCount(0);
  });
});
