// What this page sends to the lesson: camera, screen, or the floor.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from '../api/http';
import type { LessonSession } from '../lesson/session';
import { Keeper } from '../media/connection';
import { Layers } from '../media/layers';
import { publish, type Source } from '../media/publisher';

export interface Publishing {
  connected: boolean;
  taken: boolean; // somebody else publishes this source
  takeOver: () => void;
  sender: (kind: 'audio' | 'video') => RTCRtpSender | undefined;
}

// Keeps a WHIP session of `stream` while the lesson is live.
export function usePublishing(session: LessonSession, source: Source, stream: MediaStream | null): Publishing {
  const [connected, setConnected] = useState(false);
  const [taken, setTaken] = useState(false);
  const [insisted, setInsisted] = useState(0);
  const peer = useRef<RTCPeerConnection | null>(null);
  const era = session.mediaEra.value;
  const codec = source === 'camera' ? session.state.value.lesson?.camera_codec : undefined;
  useEffect(() => {
    if (!era || !stream) return;
    let insist = insisted > 0; // once: later sessions ask again
    const keeper = new Keeper(
      async (lost) => {
        const { token, lesson, guestKey } = session.visitor;
        const opened = await publish(token, lesson, source, stream, insist, lost, guestKey, codec);
        insist = false;
        peer.current = opened.peer;
        const tell = () => setConnected(opened.peer.connectionState === 'connected');
        opened.peer.addEventListener('connectionstatechange', tell);
        tell();
        return opened;
      },
      (fault) => {
        setConnected(false);
        const code = fault instanceof ApiError ? fault.code : '';
        setTaken(code === 'source-taken');
        return !/^source-taken|^(lesson|token|floor|removed|turned|only|cameras)-/.test(code);
      },
    );
    setTaken(false);
    keeper.start();
    return () => {
      keeper.stop();
      peer.current = null;
      setConnected(false);
    };
  }, [era, stream, insisted, codec]);
  const layers = session.state.value.layers[source];
  useEffect(() => {
    if (!connected || !layers) return;
    const keeper = new Layers(() => peer.current?.getSenders().find((one) => one.track?.kind === 'video'));
    keeper.need(layers);
    return () => keeper.stop();
  }, [connected, layers]);
  return {
    connected,
    taken,
    takeOver: () => setInsisted((times) => times + 1),
    sender: (kind) => peer.current?.getTransceivers().find((one) => one.receiver.track.kind === kind)?.sender,
  };
}
