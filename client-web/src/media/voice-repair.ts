// Voice over a link that loses packets: lost ones are asked for again (NACK, which browsers do for a voice only if both
// descriptions say so), and the player waits long enough for them to come. No DOM.

// Adds NACK to every Opus of an offer (RFC 4585 section 4.2).
export function withVoiceNack(sdp: string): string {
  return sdp
    .split(/(?=^m=)/m)
    .map((section) => {
      if (!section.startsWith('m=audio')) return section;
      const opus = /^a=rtpmap:(\d+) opus\//im.exec(section);
      const line = opus && `a=rtcp-fb:${opus[1]} nack`;
      if (!line || section.includes(`${line}\r\n`)) return section;
      return section.replace(/^a=rtpmap:\d+ opus\/.*\r\n/im, (rtpmap) => `${rtpmap}${line}\r\n`);
    })
    .join('');
}

export const restingBufferMs = 400; // a lesson is listened to: half a second more is not felt, a gap is
const longestBufferMs = 1300; // of a late answer more is lost than a word
const calmMs = 30_000;
const supposedLoss = 0.05; // of a line that has not carried a voice yet

// How long the player waits for what was asked for again: twice there and back, with a tick for each turn.
export function wantedBufferMs(lossShare: number, roundTripMs: number): number {
  if (lossShare < 0.01) return restingBufferMs;
  return Math.min(longestBufferMs, Math.max(restingBufferMs, Math.round(200 + 3 * roundTripMs)));
}

interface Counted {
  asked: number;
  received: number;
}

// Looks at a session every two seconds. Longer at once; shorter after half a minute without loss, as the player stretches
// what it plays meanwhile.
export class VoiceRepair {
  private last: Counted = { asked: 0, received: 0 };
  private target = restingBufferMs;
  private calmSince = 0;

  constructor(private readonly peer: RTCPeerConnection) {
    this.apply();
  }

  // An answer took so long. A player takes seconds to make its buffer longer, and a line that is long loses something as a
  // rule: it begins as if it did.
  expect(roundTripMs: number, now: number): void {
    this.target = Math.max(this.target, wantedBufferMs(supposedLoss, roundTripMs));
    this.calmSince = now;
    this.apply();
  }

  async look(now: number): Promise<void> {
    let roundTripMs = 0;
    const counted: Counted = { asked: 0, received: 0 };
    (await this.peer.getStats()).forEach((entry: RTCStats) => {
      if (entry.type === 'candidate-pair') {
        const pair = entry as RTCIceCandidatePairStats;
        if (pair.nominated) roundTripMs = 1000 * (pair.currentRoundTripTime ?? 0);
      }
      if (entry.type !== 'inbound-rtp') return;
      const inbound = entry as RTCInboundRtpStreamStats;
      if (inbound.kind !== 'audio') return;
      counted.asked += inbound.nackCount ?? Math.max(0, inbound.packetsLost ?? 0);
      counted.received += inbound.packetsReceived ?? 0;
    });
    const received = counted.received - this.last.received;
    const share = received > 0 ? Math.max(0, counted.asked - this.last.asked) / received : 0;
    this.last = counted;
    const wanted = wantedBufferMs(share, roundTripMs);
    if (share >= 0.01) this.calmSince = now;
    if (wanted > this.target || now - this.calmSince > calmMs) this.target = wanted;
    this.apply();
  }

  // Voice and picture together, or the browser stretches one to fit the other.
  private apply(): void {
    for (const receiver of this.peer.getReceivers() as (RTCRtpReceiver & { jitterBufferTarget?: number | null })[])
      if ('jitterBufferTarget' in receiver && receiver.jitterBufferTarget !== this.target) receiver.jitterBufferTarget = this.target;
  }
}
