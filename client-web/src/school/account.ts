// Who is signed in here, and the school's REST API in her name. No DOM.
import { signal } from '@preact/signals';
import { ApiError, call } from '../api/http';
import type { components } from '../api/openapi.gen';

type Schemas = components['schemas'];
export type Session = Schemas['Session'];
export type School = Schemas['School'];
export type Lesson = Schemas['Lesson'];
export type User = Schemas['User'];
export type Class = Schemas['Class'];
export type Import = Schemas['Import'];
export type Closure = Schemas['Closure'];
export type ApiToken = Schemas['TokenInfo'];
export type Client = Schemas['Client'];
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

const key = 'thranio.session';

// Whether it is still good is the server's to say: this device's clock may be wrong.
function stored(): Session | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null') as Session | null;
  } catch {
    return null;
  }
}

export const account = signal<Session | null>(stored());

function keep(session: Session | null): void {
  account.value = session;
  try {
    if (session) localStorage.setItem(key, JSON.stringify(session));
    else localStorage.removeItem(key);
  } catch {
    // Private browsing: it lasts as long as the page.
  }
}

// A session that has ended elsewhere ends here, too.
async function ask(path: string, options: Parameters<typeof call>[2] = {}): Promise<Response> {
  try {
    return await call(account.value?.token ?? '', `/api/v1${path}`, options);
  } catch (error) {
    if (error instanceof ApiError && error.code === 'token-invalid') keep(null);
    throw error;
  }
}

const json = (method: string, body: unknown) => ({ method, contentType: 'application/json', body: JSON.stringify(body) });

export async function get<T>(path: string): Promise<T> {
  return (await ask(path)).json() as Promise<T>;
}

export async function post<T>(path: string, body?: unknown): Promise<T> {
  return (await ask(path, body === undefined ? { method: 'POST' } : json('POST', body))).json() as Promise<T>;
}

export async function upload<T>(path: string, file: File, contentType = 'application/zip'): Promise<T> {
  return (await ask(path, { method: 'POST', contentType, body: file })).json() as Promise<T>;
}

// With the version that it has.
export async function read<T>(path: string): Promise<{ value: T; version: string }> {
  const answer = await ask(path);
  return { value: (await answer.json()) as T, version: answer.headers.get('ETag') ?? '' };
}

// The version that a change is made from.
export async function versioned(path: string): Promise<string> {
  return (await ask(path)).headers.get('ETag') ?? '';
}

export async function patch(path: string, body: unknown, version: string): Promise<void> {
  await ask(path, { ...json('PATCH', body), headers: { 'If-Match': version } });
}

export async function erase(path: string, version?: string): Promise<void> {
  await ask(path, { method: 'DELETE', ...(version && { headers: { 'If-Match': version } }) });
}

// False where the school sends no mail.
export async function forgotPassword(login: string): Promise<boolean> {
  const answer = await call('', '/api/v1/password-resets', json('POST', { login }));
  return ((await answer.json()) as Schemas['ResetAsked']).by_mail;
}

export async function signIn(login: string, password: string): Promise<void> {
  keep((await (await call('', '/api/v1/sessions', json('POST', { login, password }))).json()) as Session);
}

export async function redeem(token: string, password: string): Promise<void> {
  keep((await (await call('', '/api/v1/invitations/redeem', json('POST', { token, password }))).json()) as Session);
}

export async function signOut(): Promise<void> {
  await ask('/sessions/current', { method: 'DELETE' }).catch(() => undefined);
  keep(null);
}

// The way into a lesson for whoever is signed in.
export async function enter(lesson: string): Promise<string> {
  return (await post<Schemas['JoinLink']>(`/lessons/${lesson}/enter`)).url;
}
