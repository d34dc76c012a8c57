// A student's link that loses datagrams: a UDP relay between her browser and the server. Her answer's candidates are
// changed on their way to name the relay; ICE, DTLS and SRTP pass through it untouched.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Page } from '@playwright/test';

export class LossyLink {
  passed = 0;
  lost = 0;
  private readonly outside = createSocket('udp4'); // what the browser sends to
  private readonly inside = new Map<string, Socket>(); // one towards the server for each address of the browser
  private random = 12345; // seeded: the same losses in each run

  private port = 0; // the server's

  private constructor(private readonly loss: number) {}

  // Everything of this page goes through a relay that loses `loss` (0 … 1) of the datagrams towards the student.
  static async of(page: Page, loss: number): Promise<LossyLink> {
    const link = new LossyLink(loss);
    await page.route('**/whep', async (route) => {
      const response = await route.fetch();
      const sdp = await response.text();
      const port = Number(/a=candidate:\S+ \d \S+ \d+ \S+ (\d+) typ host/i.exec(sdp)?.[1]);
      if (link.port === 0) await link.open(port);
      await route.fulfill({ response, body: sdp.replace(/(a=candidate:\S+ \d \S+ \d+ )\S+ \d+( typ host)/gi, `$1127.0.0.1 ${link.outside.address().port}$2`) });
    });
    return link;
  }

  private async open(port: number): Promise<void> {
    this.port = port;
    this.outside.bind(0, '127.0.0.1');
    await once(this.outside, 'listening');
    this.outside.on('message', (datagram, from) => {
      const key = `${from.address}:${from.port}`;
      let towards = this.inside.get(key);
      if (!towards) {
        towards = createSocket('udp4');
        towards.on('message', (answer) => this.deliver(answer, from.port, from.address));
        this.inside.set(key, towards);
      }
      towards.send(datagram, this.port, '127.0.0.1');
    });
  }

  private deliver(datagram: Buffer, port: number, address: string): void {
    const media = datagram[0]! >= 128; // RFC 7983: what is not STUN or DTLS
    if (media && this.dice() < this.loss) {
      this.lost++;
      return;
    }
    this.passed++;
    this.outside.send(datagram, port, address);
  }

  // A linear congruential generator (Numerical Recipes): good enough to lose packets by.
  private dice(): number {
    this.random = (Math.imul(this.random, 1664525) + 1013904223) >>> 0;
    return this.random / 2 ** 32;
  }

  close(): void {
    this.outside.close();
    for (const socket of this.inside.values()) socket.close();
  }
}
