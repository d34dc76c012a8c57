// What this page gets of the lesson: its stage, and the voices in the ear.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { ApiError } from '../api/http';
import type { LessonSession } from '../lesson/session';
import { Keeper } from '../media/connection';
import { type Inbound, InboundCounter } from '../media/inbound';
import { type Stage, subscribe } from '../media/subscriber';

const lookMs = 1000;

// Keeps a WHEP session while the lesson is live, and looks every second at what arrives.
export function useStage(session: LessonSession, wanted = true, own = false): { stage: Stage | null; inbound: Inbound | null } {
  const [stage, setStage] = useState<Stage | null>(null);
  const [inbound, setInbound] = useState<Inbound | null>(null);
  const counter = useMemo(() => new InboundCounter(), []);
  const era = session.mediaEra.value;
  useEffect(() => {
    if (!era || !wanted) return;
    let peer: RTCPeerConnection | null = null;
    const keeper = new Keeper(
      async (lost) => {
        const { token, lesson, guestKey } = session.visitor;
        const opened = await subscribe(token, lesson, setStage, lost, guestKey, own);
        counter.reset();
        peer = opened.peer;
        session.listenBy(opened.id);
        return opened;
      },
      // Everything else is told over the WebSocket.
      (fault) => !(fault instanceof ApiError && /^(lesson|token|removed|turned|only)-/.test(fault.code)),
    );
    keeper.start();
    const timer = setInterval(() => {
      if (peer && peer.connectionState !== 'closed') void counter.look(peer).then(setInbound);
      else setInbound((before) => before && { ...before, voice: false, picture: false });
    }, lookMs);
    return () => {
      clearInterval(timer);
      keeper.stop();
      setStage(null);
      setInbound(null);
    };
  }, [era, wanted]);
  return { stage, inbound };
}

export interface Sound {
  blocked: boolean; // the browser wants a tap first
  unblock: () => void;
  volume: number; // 0 to 1
  setVolume: (volume: number) => void;
  muted: boolean;
  setMuted: (muted: boolean) => void;
}

// Browsers ask for a tap before they play sound; a page that was entered by a tap has it already, a reloaded one may not.
export function useVoices(stage: Stage | null): Sound {
  const [blocked, setBlocked] = useState(false);
  const [volume, setVolume] = useState(1);
  const [muted, setMuted] = useState(false);
  const voices = useMemo(() => [new Audio(), new Audio(), new Audio()], []);
  const play = () =>
    void Promise.all(voices.map((voice) => voice.srcObject && voice.play())).then(
      () => setBlocked(false),
      (fault: unknown) => setBlocked(fault instanceof DOMException && fault.name === 'NotAllowedError'),
    );
  useEffect(() => {
    voices.forEach((voice, slot) => (voice.srcObject = stage?.voices[slot] ?? null));
    if (stage) play();
  }, [stage]);
  useEffect(() => voices.forEach((voice) => (voice.volume = muted ? 0 : volume)), [muted, volume]);
  useEffect(() => () => voices.forEach((voice) => (voice.srcObject = null)), []);
  return { blocked, unblock: play, volume, setVolume, muted, setMuted };
}
