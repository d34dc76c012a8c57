import { expect } from '@playwright/test';
import { camera, enter, expectPicture, expectVoice, shoot, sit, test } from '../support/classroom.ts';
import { Server } from '../support/server.ts';

test('the demo lesson: a newcomer watches at once, takes the lesson over, and gives it back', async ({ browser }) => {
  const server = new Server(['--demo']);
  const demo = await server.start('demo');
  const student = await sit(browser);
  await test.step('the synthetic teacher is seen and heard', async () => {
    await enter(student, demo.student_url as string);
    await expectPicture(student, camera);
    await expectVoice(student);
    await shoot(student, 'demo-student-desktop');
  });

  const teacher = await sit(browser);
  await test.step('a person is asked before she takes over', async () => {
    await teacher.goto(demo.teacher_url as string);
    await teacher.getByRole('button', { name: 'Go on with the lesson' }).click();
    await expect(teacher.getByRole('alertdialog')).toContainText('Somebody else is teaching this lesson now');
    await shoot(teacher, 'teacher-taken-desktop');
    await teacher.getByRole('button', { name: 'Take over' }).click();
    await expect(teacher.getByText('You are heard and seen.')).toBeVisible();
    await expect(student.locator('.by')).toContainText('Hypatia Pappa');
    await expectPicture(student, camera);
  });

  await test.step('the synthetic teacher comes back when she leaves', async () => {
    await teacher.context().close();
    await expect(student.locator('.by')).toContainText('Synthetic teacher', { timeout: 60_000 });
    await expectPicture(student, camera);
    await expectVoice(student);
  });
  await server.stop();
});
