// fetch, with problem+json (RFC 9457) as one error class. No DOM.
import { signal } from '@preact/signals';
import type { components } from './openapi.gen';

export type Lesson = components['schemas']['Lesson'];
export type Me = components['schemas']['Me'];
export type Problem = components['schemas']['Problem'];

export class ApiError extends Error {
  constructor(
    readonly code: string, // the last part of the problem type: "lesson-not-live"; "network" without an answer
    readonly problem: Problem | null,
  ) {
    super(problem?.detail ?? code);
  }
}

interface Call {
  method?: string;
  body?: string | Blob;
  contentType?: string;
  headers?: Record<string, string>;
}

declare global {
  var knocked: Record<string, Promise<Response>> | undefined; // by public/knock.js
}

// What was asked before this page was there counts once: later it may have changed.
function asked(path: string): Promise<Response> | undefined {
  const early = globalThis.knocked?.[path];
  delete globalThis.knocked?.[path];
  return early;
}

const ahead = signal(0); // milliseconds of the server's clock before this one's
const jitter = 2000; // an answer tells it in whole seconds, and is on its way for a while

// The server's time to a few seconds, on a device whose own clock may be wrong by years. A page that shows it is drawn
// anew once the first answer has told it.
export function serverNow(): number {
  return Date.now() + ahead.value;
}

function setClock(response: Response): void {
  const heard = Date.parse(response.headers.get('Date') ?? '') - Date.now();
  if (Math.abs(heard - ahead.peek()) > jitter) ahead.value = heard;
}

// Throws ApiError for a refusal and when no answer comes.
export async function call(token: string, path: string, options: Call = {}): Promise<Response> {
  const headers: Record<string, string> = { ...(token ? { Authorization: `Bearer ${token}` } : {}), ...options.headers };
  if (options.contentType) headers['Content-Type'] = options.contentType;
  let response: Response;
  try {
    response = await ((!options.method && asked(path)) || fetch(path, { method: options.method ?? 'GET', headers, body: options.body ?? null }));
  } catch {
    throw new ApiError('network', null);
  }
  setClock(response);
  if (response.ok) return response;
  const problem = (await response.json().catch(() => null)) as Problem | null;
  throw new ApiError(problem?.type.split('/').pop() ?? `http-${response.status}`, problem);
}

export async function readLesson(token: string, id: string): Promise<Lesson> {
  return (await call(token, `/api/v1/lessons/${id}`)).json() as Promise<Lesson>;
}

export async function readMe(token: string): Promise<Me> {
  return (await call(token, '/api/v1/me')).json() as Promise<Me>;
}

export async function runLesson(token: string, id: string, verb: 'start' | 'end'): Promise<void> {
  await call(token, `/api/v1/lessons/${id}/${verb}`, { method: 'POST' });
}

export async function makeGuestLink(token: string, id: string): Promise<string> {
  const response = await call(token, `/api/v1/lessons/${id}/join-links`, {
    method: 'POST',
    contentType: 'application/json',
    body: JSON.stringify({ role: 'guest' }),
  });
  return ((await response.json()) as components['schemas']['JoinLink']).url;
}
