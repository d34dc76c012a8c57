// The stage as it reaches a student: three voices, camera, screen, floor, in fixed slots. Which source stands in which
// slot comes over the WebSocket; nothing is renegotiated. No DOM.
import { type MediaSession, openSession } from './connection';
import { VoiceRepair, withVoiceNack } from './voice-repair';

export interface Stage {
  voices: MediaStream[];
  camera: MediaStream;
  screen: MediaStream;
  floor: MediaStream;
}

const patienceMs = 4000; // a round trip of the poorest lines is one second

export async function subscribe(
  token: string,
  lesson: string,
  received: (stage: Stage) => void,
  lost: () => void,
  guestKey?: string, // of an open guest link's holder
  own = false, // what I publish myself, too
): Promise<MediaSession> {
  const peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  const slot = (kind: 'audio' | 'video') =>
    new MediaStream([peer.addTransceiver(kind, { direction: 'recvonly' }).receiver.track]);
  const stage: Stage = {
    voices: [slot('audio'), slot('audio'), slot('audio')],
    camera: slot('video'),
    screen: slot('video'),
    floor: slot('video'),
  };
  const repair = new VoiceRepair(peer);
  const session = await openSession(peer, token, `/api/v1/lessons/${lesson}/whep${guestKey ? `?guest_key=${guestKey}` : own ? '?own=true' : ''}`, lost, withVoiceNack, patienceMs, (tookMs) => repair.expect(tookMs, performance.now()));
  const looking = setInterval(() => void repair.look(performance.now()), 2000);
  received(stage);
  return {
    ...session,
    end: () => {
      clearInterval(looking);
      session.end();
    },
  };
}
