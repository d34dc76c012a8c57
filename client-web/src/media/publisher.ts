// Local tracks towards the lesson. No DOM.
import { type MediaSession, openSession } from './connection';
import { cameraEncodings } from './layers';

export type Source = 'camera' | 'screen';

const screenBitrate = 1_200_000; // bit/s

function encodingsOf(source: Source, track: MediaStreamTrack): RTCRtpEncodingParameters[] {
  if (track.kind !== 'video') return [{}];
  return source === 'screen' ? [{ maxBitrate: screenBitrate }] : cameraEncodings(track.getSettings().height ?? 540);
}

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
    peer.addTransceiver(track, { direction: 'sendonly', streams: [stream], sendEncodings: encodingsOf(source, track) });
  }
  const query = `source=${source}${takeOver ? '&take_over=true' : ''}`;
  return openSession(peer, token, `/api/v1/lessons/${lesson}/whip?${query}`, lost);
}
