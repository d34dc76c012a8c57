// A poor link between two network namespaces: the emulator of tests/support as a child. The server stands at the near
// end, a student's browser at the far end. Needs root; gone with its owner.
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, chmodSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Browser, chromium } from '@playwright/test';

const emulator = process.env.THRANIO_LINK_EMULATOR ?? new URL('../../../build/link_emulator', import.meta.url).pathname;

export interface Carried {
  offered_packets: number;
  offered_bytes: number;
  delivered_packets: number;
  delivered_bytes: number;
  lost: number;
  queue_full: number;
  policed: number;
  outage: number;
  wait_ms_p50: number;
  wait_ms_p95: number;
}

// Why there can be no such link here, or nothing.
export function linkMissing(): string {
  if (process.getuid?.() !== 0) return 'namespaces and TUN devices need root';
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK);
    accessSync(emulator, constants.X_OK);
  } catch (error) {
    return String(error);
  }
  return '';
}

let links = 0;

export class PoorLink {
  readonly near: string;
  readonly far: string;
  readonly nearAddress: string;
  private readonly scripts = mkdtempSync(join(tmpdir(), 'thranio-link-'));
  private readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;

  private constructor(profile: string, seed: number) {
    const own = `${process.pid % 100_000}-e${++links}`;
    this.near = `thrn${own}`;
    this.far = `thrf${own}`;
    const subnet = `10.${128 + (links % 64)}.${process.pid % 250}`;
    this.nearAddress = `${subnet}.1`;
    this.child = spawn(emulator, [profile, String(seed), this.near, this.far, subnet], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
  }

  static async open(profile: string, seed = 1): Promise<PoorLink> {
    const link = new PoorLink(profile, seed);
    if ((await link.heard()).event !== 'ready') throw new Error('the link emulator did not start');
    return link;
  }

  // A program that runs in the namespace what it is given the name of.
  within(namespace: string, program: string): string {
    const script = join(this.scripts, `${namespace}-${program.replace(/\W/g, '-')}`);
    writeFileSync(script, `#!/bin/sh\nexec ip netns exec ${namespace} ${program} "$@"\n`);
    chmodSync(script, 0o755);
    return script;
  }

  browser(namespace: string, more: string[] = []): Promise<Browser> {
    return chromium.launch({
      executablePath: this.within(namespace, process.env.THRANIO_CHROMIUM ?? '/usr/bin/chromium'),
      args: [
        '--no-sandbox',
        '--use-fake-device-for-media-stream',
        '--use-fake-ui-for-media-stream',
        '--autoplay-policy=no-user-gesture-required',
        '--mute-audio',
        '--disable-background-networking',
        '--disable-component-update',
        ...more,
      ],
    });
  }

  async change(profile: string): Promise<void> {
    if ((await this.tell(`profile ${profile}`)).event !== 'changed') throw new Error(`no profile ${profile}`);
  }

  async carried(): Promise<{ down: Carried; up: Carried }> {
    return (await this.tell('counters')) as unknown as { down: Carried; up: Carried };
  }

  // What is counted from now on.
  async fresh(): Promise<void> {
    await this.tell('fresh');
  }

  close(): void {
    this.child.stdin!.end();
    rmSync(this.scripts, { recursive: true, force: true });
  }

  private async tell(line: string): Promise<Record<string, unknown>> {
    this.child.stdin!.write(`${line}\n`);
    return this.heard();
  }

  private async heard(): Promise<Record<string, unknown>> {
    const { value, done } = await this.lines.next();
    if (done) throw new Error('the link emulator is gone');
    return JSON.parse(value) as Record<string, unknown>;
  }
}
