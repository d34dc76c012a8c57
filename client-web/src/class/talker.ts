// A student's microphone: hers alone to switch on, by a tap. The teacher can end what the server passes on, never begin it.
import { useEffect, useState } from 'preact/hooks';
import type { DeviceState } from '../api/server-messages.gen';
import { below } from '../lesson/rungs';
import { capture, type Refusal, rememberedChoice } from '../media/devices';
import { usePublishing } from '../views/publishing';
import type { ClassRoom } from './room';

// off: nothing is open. refused, missing: it was asked for.
export type Microphone = 'off' | 'asking' | 'on' | 'refused' | 'missing';

export interface Talker {
  may: 'no' | 'floor' | 'free';
  mayShow: boolean;
  microphone: Microphone;
  talking: boolean; // what she says leaves her device
  heard: 'no' | 'connecting' | 'waits' | 'heard';
  silenced: boolean; // by a teacher
  shows: boolean; // her picture
  hold: boolean; // push to talk
  switchOn: () => Promise<void>;
  switchOff: () => void;
  talk: (on: boolean) => void;
  setHold: (on: boolean) => void;
  show: (on: boolean) => Promise<boolean>;
}

const thinVoice = 14_000; // bit/s; a line that is thin one way is often thin the other way
const fullVoice = 32_000;

function stop(stream: MediaStream | null): void {
  stream?.getTracks().forEach((track) => track.stop());
}

function microphoneOf(refusal: Refusal): Microphone {
  return refusal === 'not-allowed' ? 'refused' : 'missing';
}

export function useTalker(room: ClassRoom): Talker {
  const { session } = room;
  const { link, you, instance, stage, line, lesson } = session.state.value;
  const { floor, muted, settings } = room.view.value;
  const [stream, setStream] = useState<MediaStream | null>(null);
  const [microphone, setMicrophone] = useState<Microphone>('off');
  const [open, setOpen] = useState(false); // her own switch
  const [hold, setHold] = useState(false);
  const mine = floor.find((one) => one.person === you);
  const live = lesson?.status === 'live';
  const may = !live ? 'no' : mine ? 'floor' : settings.speak_freely ? 'free' : 'no';
  const mayShow = may === 'floor' && !!mine?.camera;
  const silenced = you !== null && muted.includes(you);
  const talking = microphone === 'on' && open && !silenced && may !== 'no';
  const sent = usePublishing(session, 'floor', may === 'no' ? null : stream);
  const shows = !!stream && stream.getVideoTracks().length > 0;

  const switchOff = () => {
    setStream(null);
    setMicrophone('off');
    setOpen(false);
  };
  useEffect(() => () => stop(stream), [stream]);
  // The lamp goes out with the floor.
  useEffect(() => {
    if (may === 'no') switchOff();
  }, [may]);
  // What was silenced stays off until she switches it on herself.
  useEffect(() => {
    if (silenced) setOpen(false);
  }, [silenced]);
  useEffect(() => {
    stream?.getAudioTracks().forEach((track) => (track.enabled = talking));
  }, [stream, talking]);
  useEffect(() => {
    if (shows && !mayShow && stream) setStream(new MediaStream(stream.getAudioTracks().map((track) => track.clone())));
  }, [mayShow]);
  // A device that is unplugged in mid-sentence.
  useEffect(() => {
    const track = stream?.getAudioTracks()[0];
    const ended = () => {
      switchOff();
      setMicrophone('missing');
    };
    track?.addEventListener('ended', ended);
    return () => track?.removeEventListener('ended', ended);
  }, [stream]);
  // With the button held or not her microphone is on: a word a press would be a word too many for the class.
  const ready = talking || (hold && !silenced);
  const told: DeviceState = microphone === 'on' ? (ready ? 'on' : 'muted') : microphone === 'refused' || microphone === 'missing' ? microphone : 'none';
  useEffect(() => {
    if (link === 'open') session.tellDevices(told, shows ? 'on' : 'none');
  }, [link, you, instance, told, shows]);
  const thin = below(line?.rung, 'small-pictures');
  useEffect(() => {
    const sender = sent.connected ? sent.sender('audio') : undefined;
    const parameters = sender?.getParameters();
    const encoding = parameters?.encodings[0];
    if (!sender || !parameters || !encoding) return;
    encoding.maxBitrate = thin ? thinVoice : fullVoice;
    sender.setParameters(parameters).catch(() => undefined); // the session is over
  }, [sent.connected, thin]);

  return {
    may,
    mayShow,
    microphone,
    talking,
    heard: !talking ? 'no' : !sent.connected ? 'connecting' : you !== null && stage.voices.includes(you) ? 'heard' : 'waits',
    silenced,
    shows,
    hold,
    switchOn: async () => {
      setMicrophone('asking');
      const opened = await capture({ camera: null, microphone: rememberedChoice().microphone ?? '' });
      if ('refusal' in opened) return setMicrophone(microphoneOf(opened.refusal));
      opened.stream.getAudioTracks().forEach((track) => (track.enabled = false)); // until the page has drawn that it is on
      setStream(opened.stream);
      setMicrophone('on');
      setOpen(!hold);
    },
    switchOff,
    talk: setOpen,
    setHold: (on) => {
      setHold(on);
      setOpen(!on);
    },
    show: async (on) => {
      if (!stream) return false;
      const voice = stream.getAudioTracks().map((track) => track.clone());
      if (!on) {
        setStream(new MediaStream(voice));
        return true;
      }
      const opened = await capture({ camera: rememberedChoice().camera ?? '', microphone: null });
      if ('refusal' in opened) return false;
      setStream(new MediaStream([...voice, ...opened.stream.getVideoTracks()]));
      return true;
    },
  };
}
