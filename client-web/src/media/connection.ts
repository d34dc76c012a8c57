// WHIP and WHEP (RFC 9725): one POST carries the offer, its answer the session. No DOM.
import { call } from '../api/http';
import { offerOurs, packed } from './offer';

export interface MediaSession {
  peer: RTCPeerConnection;
  id: string; // the last part of its Location
  end(): void;
}

// Asks, and once more beside it when no answer has come for so long: where packets are lost, TCP's patience doubles with
// each of them, and another connection is there first. An answer that is not needed any more is `unwanted`.
export function askTwice<Answer>(ask: () => Promise<Answer>, patienceMs: number, unwanted: (late: Answer) => void): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let asked = 0;
    let answered = false;
    const attempt = () => {
      ++asked;
      ask().then(
        (answer) => {
          if (answered) return unwanted(answer);
          answered = true;
          clearTimeout(timer);
          resolve(answer);
        },
        (fault: unknown) => {
          if (--asked > 0) return; // the other may still come
          clearTimeout(timer);
          reject(fault);
        },
      );
    };
    const timer = setTimeout(attempt, patienceMs);
    attempt();
  });
}

// Opens the session of `peer`'s offer at `path`. `lost` is called once, when media cannot flow any more.
export async function openSession(
  peer: RTCPeerConnection,
  token: string,
  path: string,
  lost: () => void,
  amend = (sdp: string) => sdp, // of the offer
  patienceMs = Infinity, // with an answer that does not come; a publisher must not ask twice: it would stand in its own way
  answered = (_tookMs: number): void => {}, // before media can come
  wished?: string, // a camera's codec
): Promise<MediaSession> {
  let location = '';
  let ended = false;
  const end = () => {
    ended = true;
    peer.close();
    leave(location);
  };
  const sessionOf = (answer: Response) => answer.headers.get('Location') ?? '';
  const leave = (session: string) => {
    if (session) void call(token, session, { method: 'DELETE' }).catch(() => undefined);
  };
  try {
    offerOurs(peer, wished);
    const offer = await peer.createOffer();
    await peer.setLocalDescription({ type: 'offer', sdp: amend(offer.sdp ?? '') });
    // The server is ICE-lite: it learns our addresses from checks, so the offer need not wait for candidates.
    const body = await packed(peer.localDescription?.sdp ?? '');
    const ask = () => call(token, path, { method: 'POST', contentType: 'application/sdp', ...body });
    const asked = performance.now();
    const response = await (patienceMs === Infinity ? ask() : askTwice(ask, patienceMs, (late) => leave(sessionOf(late))));
    location = sessionOf(response);
    answered(performance.now() - asked);
    if (ended) {
      end();
      throw new Error('ended meanwhile');
    }
    await peer.setRemoteDescription({ type: 'answer', sdp: await response.text() });
  } catch (fault) {
    end();
    throw fault;
  }
  watch(peer, () => {
    if (ended) return;
    end();
    lost();
  });
  return { peer, id: location.slice(location.lastIndexOf('/') + 1), end };
}

// A link that was gone for ten seconds carries the same session at once when it is back; a new one takes seconds more. The
// server keeps it for thirty (RFC 7675). A browser that sees the network change says 'failed' by itself.
const patienceMs = 15_000;

function watch(peer: RTCPeerConnection, lost: () => void): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  peer.addEventListener('connectionstatechange', () => {
    clearTimeout(timer);
    if (peer.connectionState === 'failed') lost();
    if (peer.connectionState === 'disconnected') timer = setTimeout(lost, patienceMs);
  });
  // The server's goodbye (a DTLS alert): no need to wait until ICE notices.
  const transport = peer.getSenders()[0]?.transport;
  transport?.addEventListener('statechange', () => {
    if (transport.state === 'closed' || transport.state === 'failed') lost();
  });
}

// Keeps one session alive: opens it, and opens it anew when it is lost, with back-off, until stop().
export class Keeper {
  private session: MediaSession | null = null;
  private stopped = false;
  private attempts = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private generation = 0;

  constructor(
    private readonly open: (lost: () => void) => Promise<MediaSession>,
    private readonly failed: (fault: unknown) => boolean, // true: try again
  ) {}

  start(): void {
    clearTimeout(this.timer);
    const generation = ++this.generation;
    this.session?.end();
    this.session = null;
    if (this.stopped) return;
    this.open(() => this.again(generation)).then(
      (session) => {
        if (this.stopped || generation !== this.generation) return session.end();
        this.attempts = 0;
        this.session = session;
      },
      (fault: unknown) => {
        if (generation === this.generation && this.failed(fault)) this.again(generation);
      },
    );
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.session?.end();
    this.session = null;
  }

  private again(generation: number): void {
    if (this.stopped || generation !== this.generation) return;
    this.timer = setTimeout(() => this.start(), Math.min(8000, 300 * 2 ** this.attempts++));
  }
}
