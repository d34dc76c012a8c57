// A school with one lesson, made through REST as an admin's script would.
import type { Server } from './server.ts';

// How the server is reached: from here, unless it stands in a namespace of its own.
export type Ask = (url: string, init: { method: string; headers: Record<string, string>; body: string }) => Promise<{ ok: boolean; status: number; text: string }>;

async function fetched(...request: Parameters<Ask>): ReturnType<Ask> {
  const response = await fetch(...request);
  return { ok: response.ok, status: response.status, text: await response.text() };
}

export class School {
  id = '';
  lesson = '';
  cls = '';
  private teacher = '';
  readonly token: string;

  private constructor(
    private readonly server: Server,
    private readonly ask: Ask,
  ) {
    this.token = server.adminToken();
  }

  static async open(server: Server, title = 'Waves and sound', ask: Ask = fetched): Promise<School> {
    const school = new School(server, ask);
    school.id = (await school.post('/schools', { name: '1st Lyceum', time_zone: 'Europe/Athens' })).id ?? '';
    school.cls = (await school.post(`/schools/${school.id}/classes`, { title: 'Physics B2' })).id ?? '';
    school.teacher = await school.person('Hypatia', 'Pappa', 'teacher');
    const now = Date.now();
    const lesson = await school.post(`/classes/${school.cls}/lessons`, {
      title,
      starts_at: new Date(now).toISOString(),
      ends_at: new Date(now + 45 * 60_000).toISOString(),
    });
    school.lesson = lesson.id ?? '';
    return school;
  }

  async post(path: string, body: unknown): Promise<Record<string, string>> {
    const response = await this.ask(`${this.server.origin}/api/v1${path}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${this.token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${response.text}`);
    return JSON.parse(response.text) as Record<string, string>;
  }

  async get<T>(path: string): Promise<T> {
    const response = await fetch(`${this.server.origin}/api/v1${path}`, { headers: { Authorization: `Bearer ${this.token}` } });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  // Somebody who is enrolled in the class, or an admin; her id.
  async person(given_name: string, family_name: string, role: string, username?: string): Promise<string> {
    const { id } = await this.post(`/schools/${this.id}/users`, { given_name, family_name, roles: [role], ...(username && { username }) });
    if (role !== 'admin') await this.post(`/classes/${this.cls}/enrollments`, { user_id: id, role });
    return id ?? '';
  }

  // The link by which she sets her password, and is in.
  async invitation(user: string): Promise<string> {
    return (await this.post(`/users/${user}/invitations`, {})).url ?? '';
  }

  // Changes members of the lesson, or of a school, whatever its version.
  change(members: unknown): Promise<void> {
    return this.patch(`/lessons/${this.lesson}`, members);
  }
  changeSchool(id: string, members: unknown): Promise<void> {
    return this.patch(`/schools/${id}`, members);
  }

  private async patch(place: string, members: unknown): Promise<void> {
    const path = `${this.server.origin}/api/v1${place}`;
    const headers = { Authorization: `Bearer ${this.token}`, 'Content-Type': 'application/json' };
    const etag = (await fetch(path, { headers })).headers.get('etag') ?? '';
    const response = await fetch(path, { method: 'PATCH', headers: { ...headers, 'If-Match': etag }, body: JSON.stringify(members) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  }

  start(): Promise<unknown> {
    return this.post(`/lessons/${this.lesson}/start`, {});
  }

  // Links as the server makes them.
  async link(who: { role: 'teacher' | 'guest' | 'student'; name?: string; user_id?: string }): Promise<string> {
    const body = who.role === 'teacher' && !who.name ? { ...who, user_id: this.teacher } : who;
    return (await this.post(`/lessons/${this.lesson}/join-links`, body)).url ?? '';
  }
}
