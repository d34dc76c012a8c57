import { describe, expect, it } from 'vitest';
import { restingBufferMs, VoiceRepair, wantedBufferMs, withVoiceNack } from '../src/media/voice-repair';

const sdp = [
  'v=0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 0',
  'a=rtpmap:111 opus/48000/2',
  'a=rtcp-fb:111 transport-cc',
  'a=rtpmap:0 PCMU/8000',
  'm=audio 9 UDP/TLS/RTP/SAVPF 109',
  'a=rtpmap:109 OPUS/48000/2',
  'm=video 9 UDP/TLS/RTP/SAVPF 96',
  'a=rtpmap:96 VP8/90000',
  '',
].join('\r\n');

describe('an offer that asks for lost voice', () => {
  it('says so for every Opus, and for nothing else', () => {
    const amended = withVoiceNack(sdp);
    expect(amended).toContain('a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 nack\r\na=rtcp-fb:111 transport-cc\r\n');
    expect(amended).toContain('a=rtpmap:109 OPUS/48000/2\r\na=rtcp-fb:109 nack\r\n');
    expect(amended.match(/nack/g)).toHaveLength(2);
    expect(amended.replace(/a=rtcp-fb:\d+ nack\r\n/g, '')).toBe(sdp);
  });
  it('says it once', () => {
    expect(withVoiceNack(withVoiceNack(sdp))).toBe(withVoiceNack(sdp));
  });
});

describe('the buffer', () => {
  it('is short without loss, and long enough for two rounds with it', () => {
    expect(wantedBufferMs(0, 600)).toBe(restingBufferMs);
    expect(wantedBufferMs(0.05, 20)).toBe(restingBufferMs);
    expect(wantedBufferMs(0.05, 300)).toBe(1100);
    expect(wantedBufferMs(0.2, 900)).toBe(1300);
  });

  it('grows at once and shrinks after half a minute of calm', async () => {
    const receiver = { jitterBufferTarget: null as number | null };
    let asked = 0;
    let received = 0;
    const peer = {
      getReceivers: () => [receiver],
      getStats: async () =>
        new Map<string, object>([
          ['pair', { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.3 }],
          ['voice', { type: 'inbound-rtp', kind: 'audio', nackCount: asked, packetsReceived: received }],
        ]),
    };
    const repair = new VoiceRepair(peer as unknown as RTCPeerConnection);
    expect(receiver.jitterBufferTarget).toBe(restingBufferMs);
    repair.expect(20, 0);
    expect(receiver.jitterBufferTarget).toBe(restingBufferMs);
    received = 100;
    asked = 8;
    await repair.look(2000);
    expect(receiver.jitterBufferTarget).toBe(1100);
    received = 1000;
    await repair.look(30_000);
    expect(receiver.jitterBufferTarget).toBe(1100);
    received = 2000;
    await repair.look(33_000);
    expect(receiver.jitterBufferTarget).toBe(restingBufferMs);
    repair.expect(1200, 40_000); // a session begins anew on a line that has become long
    expect(receiver.jitterBufferTarget).toBe(1300);
    await repair.look(69_000);
    expect(receiver.jitterBufferTarget).toBe(1300);
    await repair.look(71_000);
    expect(receiver.jitterBufferTarget).toBe(restingBufferMs);
  });
});
