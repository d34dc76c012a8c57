// What a person at this page would see and hear: counters of getStats and the pixels on the screen. Must run before
// the page's own scripts: it keeps the peer connections that they make.
export interface Heard {
  framesDecoded: number;
  voicePackets: number;
  samples: number; // of voice, played; silence that nobody sent counts, too
  spoken: number; // of these, those that came
  concealed: number; // of these, made up because nothing came
  asked: number; // how often the voice asked for a lost packet (NACK)
  freezes: number; // of the picture, as the browser counts them
  retransmitted: number; // packets that came by RTX
  level: number; // loudest of the voices in the last look, 0 … 1
}

export interface Seen {
  shown: boolean;
  width: number;
  brightness: number; // 0 … 255
  fingerprint: string; // of the picture, 8 × 8
}

export interface FirstPicture {
  framesReceived: number; // of media, before the first one was decoded
  requests: number; // PLI and FIR that the browser had to send for it
  milliseconds: number; // since the connection stood; for the log only
}

declare global {
  interface Window {
    peers: RTCPeerConnection[];
    firstPicture: Promise<FirstPicture>; // of the last session that receives
    hear(givenUp?: boolean): Promise<Heard>;
    look(which: string): Seen;
  }
}

export function installProbe(): void {
  window.peers = [];
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(settings?: RTCConfiguration) {
      super(settings);
      window.peers.push(this);
      this.addEventListener('connectionstatechange', () => {
        if (this.connectionState === 'connected') window.firstPicture = watchFirstPicture(this);
      });
    }
  };
  const watchFirstPicture = async (peer: RTCPeerConnection): Promise<FirstPicture> => {
    const since = performance.now();
    for (;;) {
      const sum = { framesReceived: 0, requests: 0, decoded: 0 };
      (await peer.getStats()).forEach((entry: RTCInboundRtpStreamStats) => {
        if (entry.type !== 'inbound-rtp' || entry.kind !== 'video') return;
        sum.framesReceived += entry.framesReceived ?? 0;
        sum.requests += (entry.pliCount ?? 0) + (entry.firCount ?? 0);
        sum.decoded += entry.framesDecoded ?? 0;
      });
      if (sum.decoded > 0)
        return { framesReceived: sum.framesReceived, requests: sum.requests, milliseconds: performance.now() - since };
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
  };
  const nothing: Heard = { framesDecoded: 0, voicePackets: 0, samples: 0, spoken: 0, concealed: 0, asked: 0, freezes: 0, retransmitted: 0, level: 0 };
  const count = async (peer: RTCPeerConnection): Promise<Heard> => {
    const heard = { ...nothing };
    (await peer.getStats()).forEach((entry: RTCInboundRtpStreamStats) => {
      if (entry.type !== 'inbound-rtp') return;
      heard.framesDecoded += entry.framesDecoded ?? 0;
      heard.freezes += (entry as { freezeCount?: number }).freezeCount ?? 0;
      heard.retransmitted += (entry as { retransmittedPacketsReceived?: number }).retransmittedPacketsReceived ?? 0;
      if (entry.kind === 'audio' && entry.packetsReceived) { // an empty slot plays silence
        heard.voicePackets += entry.packetsReceived ?? 0;
        heard.samples += entry.totalSamplesReceived ?? 0;
        heard.spoken += entry.jitterBufferEmittedCount ?? 0;
        heard.asked += entry.nackCount ?? 0;
        heard.concealed += (entry.concealedSamples ?? 0) - (entry.silentConcealedSamples ?? 0);
        heard.level = Math.max(heard.level, entry.audioLevel ?? 0);
      }
    });
    return heard;
  };
  // A session that was given up counts with what it had when it was last looked at, or not at all.
  const heardOf = new Map<RTCPeerConnection, Heard>();
  window.hear = async (givenUp = false) => {
    const sum = { ...nothing };
    for (const peer of window.peers) {
      const open = peer.connectionState !== 'closed';
      if (open) heardOf.set(peer, await count(peer));
      else if (!givenUp) continue;
      const { level, ...counters } = heardOf.get(peer) ?? nothing;
      for (const [what, value] of Object.entries(counters)) sum[what as keyof Heard] += value;
      if (open) sum.level = Math.max(sum.level, level);
    }
    return sum;
  };
  window.look = (which) => {
    const video = document.querySelector<HTMLVideoElement>(which);
    if (!video || video.hidden || video.videoWidth === 0)
      return { shown: false, width: 0, brightness: 0, fingerprint: '' };
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 8;
    const context = canvas.getContext('2d')!;
    context.drawImage(video, 0, 0, 8, 8);
    const pixels = [...context.getImageData(0, 0, 8, 8).data].filter((_, index) => index % 4 !== 3);
    return {
      shown: true,
      width: video.videoWidth,
      brightness: pixels.reduce((sum, value) => sum + value, 0) / pixels.length,
      fingerprint: pixels.join(','),
    };
  };
}
