// An offer that a thin link carries in a moment: Chromium's own, with every codec it knows, is 19 kB, five seconds of
// 32 kbit/s. No DOM.

// Of what the browser knows, what the server does: the server would pass over the rest.
export function ours(codec: { mimeType: string; sdpFmtpLine?: string }): boolean {
  if (/^video\/H264$/i.test(codec.mimeType)) return /packetization-mode=1/.test(codec.sdpFmtpLine ?? '') && /profile-level-id=42e0/i.test(codec.sdpFmtpLine ?? '');
  if (/^video\/VP9$/i.test(codec.mimeType)) return /profile-id=0/.test(codec.sdpFmtpLine ?? 'profile-id=0');
  if (/^video\/AV1$/i.test(codec.mimeType)) return /(^|;)profile=0(;|$)/.test(codec.sdpFmtpLine || 'profile=0');
  return /^(audio\/opus|video\/VP8|video\/rtx)$/i.test(codec.mimeType);
}

// wished: a camera's codec; every other picture leaves in what all students' browsers know.
function sent(codec: { mimeType: string; sdpFmtpLine?: string }, wished?: string): boolean {
  if (!ours(codec)) return false;
  const name = codec.mimeType.toLowerCase();
  return wished ? /rtx|opus/.test(name) || name === `video/${wished}` : !/vp9|av1/.test(name);
}

export function offerOurs(peer: RTCPeerConnection, wished?: string): void {
  for (const transceiver of peer.getTransceivers()) {
    const kind = transceiver.receiver.track.kind;
    const sends = transceiver.direction === 'sendonly';
    const codecs = (sends ? RTCRtpSender : RTCRtpReceiver).getCapabilities(kind)?.codecs.filter((codec) => (sends ? sent(codec, wished) : ours(codec))) ?? [];
    try {
      if (codecs.length > 0) transceiver.setCodecPreferences(codecs);
    } catch {
      // An older browser: the offer is long.
    }
  }
}

// The body of a call, in gzip where the browser can.
export async function packed(text: string): Promise<{ body: string | Blob; headers?: Record<string, string> }> {
  if (typeof CompressionStream === 'undefined') return { body: text };
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
  return { body: await new Response(stream).blob(), headers: { 'Content-Encoding': 'gzip' } };
}
