import { expect } from '@playwright/test';
import { camera, desktop, enter, expectPicture, expectVoice, freshSchool, hear, look, phone, screen, shoot, sit, teach, test } from '../support/classroom.ts';
import type { School } from '../support/school.ts';
import { LossyLink } from '../support/lossy-link.ts';

const framesOf20Seconds = 300; // a fake camera makes 20 a second, a busy machine fewer

let school: School;
freshSchool((opened) => ({ school } = opened));

test('a teacher and three students: picture, voice, screen share, a late joiner, a reload, the end', async ({ browser }) => {
  const teacher = await sit(browser);
  const students = [await sit(browser), await sit(browser), await sit(browser, { viewport: phone, locale: 'el-GR' })];

  await test.step('two students wait; the teacher sees them before she starts', async () => {
    for (const [index, student] of students.slice(0, 2).entries()) {
      await enter(student, await school.link({ role: 'guest', name: ['Nikos', 'Eleni'][index]! }));
      await expect(student.getByText('The lesson has not started yet')).toBeVisible();
    }
    await teacher.goto(await school.link({ role: 'teacher' }));
    await expect(teacher.getByText('2 people are waiting.')).toBeVisible();
    await expect(teacher.getByText('We hear you well.')).toBeVisible();
    await expect.poll(async () => (await look(teacher, camera)).brightness).toBeGreaterThan(10);
    await shoot(teacher, 'teacher-before-desktop');
    await shoot(students[0]!, 'student-waiting-desktop');
  });

  await test.step('she goes live, and those who waited see and hear her without a tap', async () => {
    await teacher.getByRole('button', { name: 'Start the lesson' }).click();
    await expect(teacher.getByText('You are heard and seen.')).toBeVisible();
    for (const student of students.slice(0, 2)) {
      await expectPicture(student, camera);
      await expectVoice(student);
      await expect(student.getByText('Voice and picture arrive')).toBeVisible();
    }
  });

  await test.step('a third comes with a phone, by an open guest link, in Greek', async () => {
    const late = students[2]!;
    await late.goto(await school.link({ role: 'guest' }));
    await shoot(late, 'student-join-phone-greek');
    await late.getByLabel('Το όνομά σας').fill('Ερατώ Παπαδοπούλου');
    await late.getByRole('button', { name: 'Είσοδος' }).click();
    await expectPicture(late, camera);
    await expectVoice(late);
    await expect(teacher.getByRole('listitem').filter({ hasText: 'Ερατώ' })).toBeVisible();
    await shoot(late, 'student-phone-greek');
    await shoot(students[0]!, 'student-desktop');
    await shoot(teacher, 'teacher-desktop');
  });

  await test.step('the shared screen comes large, the face stays beside it', async () => {
    await teacher.getByRole('button', { name: 'Share screen' }).click();
    for (const student of students) {
      await expect.poll(async () => (await look(student, screen)).brightness).toBeGreaterThan(10);
      await expectPicture(student, camera);
      const large = (await student.locator(screen).boundingBox())!;
      const small = (await student.locator(camera).boundingBox())!;
      expect(large.width * large.height).toBeGreaterThan(3 * small.width * small.height);
    }
    await shoot(students[0]!, 'student-screen-desktop');
    await shoot(students[2]!, 'student-screen-phone');
    await shoot(teacher, 'teacher-screen-desktop');
    await teacher.setViewportSize(phone);
    await shoot(teacher, 'teacher-screen-phone');
    await teacher.setViewportSize(desktop);
    await teacher.getByRole('button', { name: 'Stop sharing' }).click();
    for (const student of students) await expect.poll(async () => (await look(student, screen)).shown).toBe(false);
  });

  await test.step('muted and camera off: nothing is sent, everybody is told; and back', async () => {
    const student = students[0]!;
    await teacher.getByRole('button', { name: 'Camera off' }).click();
    await expect.poll(async () => (await look(student, camera)).shown).toBe(false);
    await teacher.getByRole('button', { name: 'Mute microphone' }).click();
    await expect(student.getByText('microphone on')).toHaveCount(0);
    await expect.poll(async () => (await hear(student)).level, { message: 'silence' }).toBeLessThan(0.001);
    await teacher.getByRole('button', { name: 'Unmute microphone' }).click();
    await teacher.getByRole('button', { name: 'Camera on' }).click();
    await expectPicture(student, camera);
    await expectVoice(student);
  });

  await test.step('who joins late sees a picture within a second of media', async () => {
    await expect.poll(async () => (await hear(students[0]!)).framesDecoded).toBeGreaterThan(framesOf20Seconds);
    const late = await sit(browser);
    await enter(late, await school.link({ role: 'guest', name: 'Late' }));
    await expectPicture(late, camera);
    const first = await late.evaluate(() => window.firstPicture);
    console.log(`first picture ${first.milliseconds.toFixed(0)} ms after the connection, ${first.framesReceived} frames received`);
    expect(first.framesReceived).toBeLessThanOrEqual(20); // the fake camera's frames in a second
    await late.context().close();
  });

  await test.step('a reload brings a student and the teacher back', async () => {
    await students[1]!.reload();
    await expectPicture(students[1]!, camera);
    await expectVoice(students[1]!);
    await teacher.reload();
    await expect(teacher.getByText('You are heard and seen.')).toBeVisible();
    for (const student of students) {
      await expectPicture(student, camera);
      await expectVoice(student);
    }
  });

  await test.step('the end is the end for everybody', async () => {
    await teacher.getByRole('button', { name: 'End the lesson' }).click();
    await shoot(teacher, 'teacher-end-asks-desktop');
    await teacher.getByRole('button', { name: 'End for everybody' }).click();
    await expect(teacher.getByRole('heading', { name: 'The lesson is over' })).toBeVisible();
    for (const student of students)
      await expect(student.getByRole('heading', { name: /The lesson is over|Το μάθημα τελείωσε/ })).toBeVisible();
    await shoot(students[2]!, 'student-ended-phone');
  });
});

test('a second teacher takes over; the first is told and can take the lesson back', async ({ browser }) => {
  const first = await sit(browser);
  const second = await sit(browser);
  const student = await sit(browser);
  await teach(first, await school.link({ role: 'teacher' }));
  await enter(student, await school.link({ role: 'guest', name: 'Nikos' }));
  await expectPicture(student, camera);

  await second.goto(await school.link({ role: 'teacher', name: 'Aristarchus' }));
  await second.getByRole('button', { name: 'Go on with the lesson' }).click();
  await second.getByRole('button', { name: 'Take over' }).click();
  await expect(second.getByText('You are heard and seen.')).toBeVisible();
  await expect(first.getByRole('alertdialog')).toContainText('Somebody else is teaching this lesson now');
  await expect(student.locator('.by')).toContainText('Aristarchus');
  await expectPicture(student, camera);

  await first.getByRole('button', { name: 'Take over' }).click();
  await expect(second.getByRole('alertdialog')).toBeVisible();
  await expect(student.locator('.by')).toContainText('Hypatia Pappa');
  await expectPicture(student, camera);
  await expectVoice(student);
});

test('voice in packets of 60 ms: the browser plays it without a gap', async ({ browser }) => {
  const teacher = await sit(browser);
  const student = await sit(browser);
  await teach(teacher, await school.link({ role: 'teacher' }));
  await enter(student, await school.link({ role: 'guest', name: 'Nikos' }));
  await expectVoice(student);
  await school.change({ voice_packet_ms: 60 });
  await expectVoice(student);
  const before = await hear(student);
  const sixSeconds = 6 * 48_000;
  await expect.poll(async () => (await hear(student)).samples, { message: 'the voice goes on' }).toBeGreaterThan(before.samples + sixSeconds);
  const after = await hear(student);
  const seconds = (after.samples - before.samples) / 48_000;
  expect(after.voicePackets - before.voicePackets).toBeLessThan(20 * seconds); // 17 a second, not 50
  expect(after.concealed - before.concealed).toBeLessThan(0.02 * (after.samples - before.samples));
});

test('a link that loses one packet in twenty: what is lost comes again, and the picture goes on', async ({ browser }) => {
  const teacher = await sit(browser);
  const student = await sit(browser);
  const link = await LossyLink.of(student, 0.05);
  await teach(teacher, await school.link({ role: 'teacher' }));
  await enter(student, await school.link({ role: 'guest', name: 'Nikos' }));
  await expectPicture(student, camera);
  await expectVoice(student);
  const before = await hear(student);
  await expect.poll(async () => (await hear(student)).retransmitted, { message: 'RTX brings what was lost' }).toBeGreaterThan(before.retransmitted + 5);
  await expectPicture(student, camera);
  expect(link.lost).toBeGreaterThan(5);
  link.close();
});

test('a link that loses one packet in ten: the voice asks for what was lost, and is whole', async ({ browser }) => {
  const teacher = await sit(browser);
  const student = await sit(browser);
  const link = await LossyLink.of(student, 0.1);
  await teach(teacher, await school.link({ role: 'teacher' }));
  await enter(student, await school.link({ role: 'guest', name: 'Nikos' }));
  await expectVoice(student);
  // Once the player knows its link.
  await expect.poll(async () => (await hear(student)).asked, { message: 'lost voice is asked for' }).toBeGreaterThan(20);
  const before = await hear(student);
  const fifteenSeconds = 15 * 48_000;
  await expect.poll(async () => (await hear(student)).samples - before.samples, { timeout: 60_000 }).toBeGreaterThan(fifteenSeconds);
  const after = await hear(student);
  const concealed = (after.concealed - before.concealed) / (after.samples - before.samples);
  console.log(`voice over 10 % loss: ${(100 * concealed).toFixed(2)} % concealed, ${after.asked - before.asked} requests`);
  expect(concealed).toBeLessThan(0.02);
  link.close();
});
