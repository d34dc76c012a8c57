// The real server on a folder of its own, and its REST API with one token.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const binary = new URL('../../build/asan/thranio', import.meta.url).pathname;

export async function startServer() {
  const data = mkdtempSync(join(tmpdir(), 'thranio-calendar-'));
  const token = execFileSync(binary, ['token', 'create', '--data', data, '--role', 'admin']).toString().trim();
  const child = spawn(binary, ['serve', '--data', data, '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const line = await new Promise((heard, gone) => {
    createInterface({ input: child.stdout }).once('line', heard);
    child.once('exit', () => gone(new Error('the server stopped')));
  });
  const origin = JSON.parse(line).url;
  const call = async (method, path, body, headers = {}) => {
    const type = typeof body === 'string' ? 'text/calendar' : 'application/json';
    const answer = await fetch(`${origin}/api/v1${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'Content-Type': type }), ...headers },
      body: typeof body === 'string' || body === undefined ? body : JSON.stringify(body),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  };
  return {
    origin,
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    async change(path, body, suffix = '') {
      const now = await fetch(`${origin}/api/v1${path}`, { headers: { Authorization: `Bearer ${token}` } });
      return call('PATCH', path + suffix, body, { 'If-Match': now.headers.get('etag') });
    },
    stop() {
      child.removeAllListeners('exit');
      child.kill('SIGKILL');
      rmSync(data, { recursive: true, force: true });
    },
  };
}
