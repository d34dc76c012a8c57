// Local tracks towards the lesson. No DOM.
import { type MediaSession, openSession } from './connection';
import { cameraEncodings, canPublish, scalableEncoding, scalesOneStream } from './layers';

export type Source = 'camera' | 'screen' | 'floor';

const screenBitrate = 1_200_000; // bit/s
// A student's face goes to lines that carry all; her voice goes before it.
const floorPicture: RTCRtpEncodingParameters = { maxBitrate: 200_000, maxFramerate: 15, priority: 'very-low' };

function encodingsOf(source: Source, track: MediaStreamTrack, codec?: string): RTCRtpEncodingParameters[] {
  if (track.kind !== 'video') return [{ priority: 'high', networkPriority: 'high' }];
  if (source === 'floor') return [{ ...floorPicture, scaleResolutionDownBy: Math.max(1, (track.getSettings().height ?? 540) / 270) }];
  const height = track.getSettings().height ?? 540;
  if (codec && scalesOneStream(codec)) return [scalableEncoding(height)];
  return source === 'screen' ? [{ maxBitrate: screenBitrate }] : cameraEncodings(height);
}

export async function publish(
  token: string,
  lesson: string,
  source: Source,
  stream: MediaStream,
  takeOver: boolean,
  lost: () => void,
  guestKey?: string, // of an open guest link's holder
  cameraCodec = 'vp8', // as the lesson wishes it
): Promise<MediaSession> {
  const wished = source === 'camera' && cameraCodec !== 'vp8' && canPublish(cameraCodec) ? cameraCodec : undefined;
  const peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  for (const track of stream.getTracks()) {
    if (source === 'screen' && track.kind === 'video') track.contentHint = 'detail'; // text before motion
    peer.addTransceiver(track, { direction: 'sendonly', streams: [stream], sendEncodings: encodingsOf(source, track, wished) });
  }
  const query = `source=${source}${takeOver ? '&take_over=true' : ''}${guestKey ? `&guest_key=${guestKey}` : ''}`;
  return openSession(peer, token, `/api/v1/lessons/${lesson}/whip?${query}`, lost, undefined, undefined, undefined, wished);
}
