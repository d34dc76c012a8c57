// Local tracks towards the lesson. No DOM.
import { type MediaSession, openSession } from './connection';

export type Source = 'camera' | 'screen';

// bit/s. A class pays for what its teacher sends.
const maxBitrate: Record<Source, number> = { camera: 600_000, screen: 1_200_000 };

export async function publish(
  token: string,
  lesson: string,
  source: Source,
  stream: MediaStream,
  takeOver: boolean,
  lost: () => void,
): Promise<MediaSession> {
  const peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  for (const track of stream.getTracks()) {
    if (source === 'screen' && track.kind === 'video') track.contentHint = 'detail'; // text before motion
    const sendEncodings = track.kind === 'video' ? [{ maxBitrate: maxBitrate[source] }] : [{}];
    peer.addTransceiver(track, { direction: 'sendonly', streams: [stream], sendEncodings });
  }
  const query = `source=${source}${takeOver ? '&take_over=true' : ''}`;
  return openSession(peer, token, `/api/v1/lessons/${lesson}/whip?${query}`, lost);
}
