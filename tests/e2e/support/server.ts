// The real server as a child, on a port of its own, with data of its own.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

// A test that fails leaves its server to this.
process.on('exit', () => running.forEach((server) => server.killNow()));

const binary = process.env.THRANIO_BINARY ?? new URL('../../../build/thranio', import.meta.url).pathname;

export const running = new Set<Server>();

export class Server {
  origin = '';
  log = '';
  private child: ChildProcess | null = null;
  private port = 0;
  private readonly data = mkdtempSync(join(tmpdir(), 'thranio-e2e-'));

  constructor(
    private readonly more: string[] = [],
    private readonly address = '127.0.0.1',
    private readonly program = binary,
  ) {
    running.add(this);
  }

  // Starts on a free port; after a kill, on the same one. Returns the events of standard output up to `event`.
  async start(event = 'listening'): Promise<Record<string, unknown>> {
    const child = spawn(this.program, ['serve', '--data', this.data, '--listen', `${this.address}:${this.port}`, ...this.more], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    child.stderr.on('data', (text: Buffer) => (this.log += text.toString()));
    const lines = createInterface({ input: child.stdout });
    for await (const line of lines) {
      const said = JSON.parse(line) as Record<string, unknown>;
      if (said.event === 'listening') {
        this.port = said.port as number;
        this.origin = said.url as string;
      }
      if (said.event === event) return said;
    }
    throw new Error(`the server did not start:\n${this.log}`);
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.child;
    if (!child || child.exitCode !== null) return null;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    return child.exitCode;
  }

  killNow(): void {
    this.child?.kill('SIGKILL');
  }

  adminToken(): string {
    return execFileSync(binary, ['token', 'create', '--data', this.data, '--role', 'admin'], { encoding: 'utf8' }).trim();
  }

  async stop(): Promise<void> {
    running.delete(this);
    await this.kill('SIGKILL');
    rmSync(this.data, { recursive: true, force: true });
  }
}
