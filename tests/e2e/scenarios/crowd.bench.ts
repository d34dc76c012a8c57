// Two real students among a thousand made ones (tests/bench/run crowd): do they see and hear as if they were alone?
// One has a good link, the other loses one packet in fifty. Prints what their browsers counted.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { camera, enter, expectPicture, expectVoice, hear, shoot, sit, test } from '../support/classroom.ts';
import { LossyLink } from '../support/lossy-link.ts';
import { Server } from '../support/server.ts';

const crowd = process.env.THRANIO_CROWD ?? '1000';
const minute = 60;

test('students among many', async ({ browser }) => {
  test.setTimeout(300_000);
  const server = new Server(['--demo', '--workers', '1']);
  const demo = await server.start('demo');
  const made = spawn(process.env.THRANIO_LOAD ?? '', [
    '--students', crowd, '--seconds', String(minute + 60),
    '--join', server.origin, '--lesson', String(demo.lesson_id), '--token', String(demo.student_token),
  ]);
  made.stderr.on('data', (text: Buffer) => console.error(text.toString()));
  const lines = createInterface({ input: made.stdout })[Symbol.asyncIterator]();
  console.log((await lines.next()).value);

  const names = ['a good link', 'a link that loses 2 %'];
  const students = [await sit(browser), await sit(browser)];
  const link = await LossyLink.of(students[1]!, 0.02);
  for (const student of students) {
    await enter(student, String(demo.student_url));
    await expectPicture(student, camera);
    await expectVoice(student);
  }
  const before = await Promise.all(students.map(hear));
  await new Promise((resolve) => setTimeout(resolve, minute * 1000)); // what is measured is this minute
  const after = await Promise.all(students.map(hear));
  await shoot(students[0]!, 'crowd-student');
  for (const [i, name] of names.entries()) {
    const [a, b] = [before[i]!, after[i]!];
    const share = (100 * (b.concealed - a.concealed)) / (b.samples - a.samples);
    console.log(
      `${name}: ${((b.framesDecoded - a.framesDecoded) / minute).toFixed(1)} frames a second, ${b.freezes - a.freezes} freezes, ` +
        `${b.retransmitted - a.retransmitted} packets by RTX, ${share.toFixed(2)} % of the voice made up`,
    );
  }
  console.log(`the relay lost ${link.lost} of ${link.lost + link.passed}`);
  const metrics = await (await fetch(`${server.origin}/metrics`)).text();
  const sum = (name: string) => Number(new RegExp(`^${name}\\{.*\\} (\\d+)$`, 'm').exec(metrics)?.[1]);
  console.log(`packets for each message to the kernel: ${(sum('thranio_media_packets_out_total') / sum('thranio_media_messages_out_total')).toFixed(2)}`);
  made.kill('SIGINT');
  await Promise.race([once(made, 'exit'), new Promise((resolve) => setTimeout(resolve, 5000))]);
  link.close();
  await server.stop();
});
