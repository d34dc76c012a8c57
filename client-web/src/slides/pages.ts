// The pictures of pages: fetched in the width that the screen and the line ask for, taken up again where a broken
// transfer stopped, the next page ahead when the line is idle. No DOM beyond fetch and object URLs.
import { ApiError } from '../api/http';
import type { Rung } from '../api/server-messages.gen';
import { below } from '../lesson/rungs';
import type { Place } from '../class/board';

export const widths = [640, 1280, 1920] as const;
export type Width = (typeof widths)[number];

// Sharp enough for so many pixels, within what the line carries: below moving slides there is room for the smallest.
export function widthFor(pixels: number, rung: Rung | undefined): Width {
  if (below(rung, 'small-pictures')) return 640;
  const wanted = widths.find((width) => width >= pixels * 0.8) ?? 1920;
  return below(rung, 'screen') ? (Math.min(wanted, 1280) as Width) : wanted;
}

const firstWaitMs = 500;
const longestWaitMs = 8000;
const kept = 12; // pictures, some 100 kB each

// The whole body, over as many transfers as it takes. Throws ApiError for a refusal; stops with the signal.
export async function fetchWhole(
  path: string,
  token: string,
  signal: AbortSignal,
  options: { low?: boolean; fetcher?: typeof fetch; wait?: (ms: number) => Promise<void> } = {},
): Promise<Blob> {
  const fetcher = options.fetcher ?? fetch;
  const wait = options.wait ?? ((ms: number) => new Promise<void>((done) => setTimeout(done, ms)));
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let have = 0;
  let etag = '';
  let type = '';
  for (let pause = firstWaitMs; ; pause = Math.min(longestWaitMs, pause * 2)) {
    try {
      const headers: Record<string, string> = { Authorization: `Bearer ${token}` };
      if (have > 0) Object.assign(headers, { Range: `bytes=${have}-`, 'If-Range': etag });
      const response = await fetcher(path, { headers, signal, ...(options.low ? { priority: 'low' as const } : {}) });
      if (!response.ok) throw new ApiError(`http-${response.status}`, null);
      if (response.status !== 206) {
        parts = []; // from the beginning: another picture, or nothing was there yet
        have = 0;
      }
      etag = response.headers.get('ETag') ?? '';
      type = response.headers.get('Content-Type') ?? '';
      const reader = response.body!.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return new Blob(parts, { type });
        parts.push(value as Uint8Array<ArrayBuffer>);
        have += value.byteLength;
        pause = firstWaitMs;
      }
    } catch (fault) {
      if (signal.aborted || fault instanceof ApiError) throw fault;
      await wait(pause);
      if (signal.aborted) throw fault;
    }
  }
}

interface Fetching {
  url: Promise<string>;
  stop: AbortController;
}

// Of one lesson. What was looked at lately stays.
export class Pages {
  bytes = 0; // that pictures have cost so far
  private readonly held = new Map<string, Fetching>();
  private ahead: string | null = null;

  constructor(
    private readonly lesson: string,
    private readonly token: string,
  ) {}

  picture(place: Place, width: Width): Promise<string> {
    const key = this.path(place, width);
    if (this.ahead !== null && this.ahead !== key) this.drop(this.ahead); // the line is for what is looked at
    this.ahead = null;
    return this.hold(key, false);
  }

  prefetch(place: Place, width: Width): void {
    const key = this.path(place, width);
    if (this.held.has(key)) return;
    this.ahead = key;
    void this.hold(key, true).then(
      () => this.ahead === key && (this.ahead = null),
      () => undefined,
    );
  }

  // A page among all others: nothing else waits for it.
  small(place: Place): Promise<string> {
    return this.hold(this.path(place, 640), true);
  }

  async text(place: Place): Promise<string> {
    const response = await fetch(`${this.address(place)}/text`, { headers: { Authorization: `Bearer ${this.token}` } });
    return response.ok ? ((await response.json()) as { text: string }).text : '';
  }

  close(): void {
    for (const key of [...this.held.keys()]) this.drop(key);
  }

  private hold(key: string, low: boolean): Promise<string> {
    const before = this.held.get(key);
    this.held.delete(key); // and to the end: the first one is the one not looked at for longest
    const fetching = before ?? this.start(key, low);
    this.held.set(key, fetching);
    for (const oldest of this.held.keys()) {
      if (this.held.size <= kept) break;
      this.drop(oldest);
    }
    return fetching.url;
  }

  private start(key: string, low: boolean): Fetching {
    const stop = new AbortController();
    const url = fetchWhole(key, this.token, stop.signal, { low }).then((blob) => {
      this.bytes += blob.size;
      return URL.createObjectURL(blob);
    });
    url.catch(() => this.held.get(key)?.stop === stop && this.held.delete(key));
    return { url, stop };
  }

  private drop(key: string): void {
    const fetching = this.held.get(key);
    this.held.delete(key);
    fetching?.stop.abort();
    fetching?.url.then((url) => URL.revokeObjectURL(url), () => undefined);
  }

  private path(place: Place, width: Width): string {
    return `${this.address(place)}?width=${width}`;
  }

  private address(place: Place): string {
    return `/api/v1/lessons/${this.lesson}/slides/${place.deck}/pages/${place.page}`;
  }
}
