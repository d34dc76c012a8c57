// What arrives at a student, counted from getStats (W3C webrtc-stats). No DOM.
export interface Inbound {
  bytes: number; // since the page was opened, over all sessions
  perSecond: number; // of bytes, over the last minute or since the beginning
  voice: boolean; // arrived since the last look
  picture: boolean;
}

interface Counted {
  bytes: number;
  voicePackets: number;
  frames: number;
}

export class InboundCounter {
  private last: Counted = { bytes: 0, voicePackets: 0, frames: 0 };
  private bytes = 0;
  private readonly minute: { at: number; bytes: number }[] = [];

  // Another session counts from zero.
  reset(): void {
    this.last = { bytes: 0, voicePackets: 0, frames: 0 };
  }

  async look(peer: RTCPeerConnection): Promise<Inbound> {
    const now = count(await peer.getStats());
    this.bytes += Math.max(0, now.bytes - this.last.bytes);
    const at = performance.now();
    this.minute.push({ at, bytes: this.bytes });
    while (this.minute[0] && at - this.minute[0].at > 60_000) this.minute.shift();
    const first = this.minute[0] ?? { at, bytes: this.bytes };
    const result = {
      bytes: this.bytes,
      perSecond: at - first.at > 10_000 ? ((this.bytes - first.bytes) * 1000) / (at - first.at) : 0,
      voice: now.voicePackets > this.last.voicePackets,
      picture: now.frames > this.last.frames,
    };
    this.last = now;
    return result;
  }
}

function count(report: RTCStatsReport): Counted {
  const sum = { bytes: 0, voicePackets: 0, frames: 0 };
  report.forEach((entry: RTCStats) => {
    if (entry.type === 'transport') sum.bytes += (entry as RTCTransportStats).bytesReceived ?? 0;
    if (entry.type !== 'inbound-rtp') return;
    const inbound = entry as RTCInboundRtpStreamStats;
    if (inbound.kind === 'audio') sum.voicePackets += inbound.packetsReceived ?? 0;
    else sum.frames += inbound.framesDecoded ?? 0;
  });
  if (sum.bytes === 0) {
    // Firefox ESR has no transport stats.
    report.forEach((entry: RTCStats) => {
      if (entry.type === 'inbound-rtp') sum.bytes += (entry as RTCInboundRtpStreamStats).bytesReceived ?? 0;
    });
  }
  return sum;
}
