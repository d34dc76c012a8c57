// A microphone or a camera that is pulled out in mid-lesson: the teacher is told at once and offered what else there is,
// also what she plugs in next.
import { useEffect, useState } from 'preact/hooks';
import { listDevices } from '../media/devices';
import { teachersTexts } from './teaching-texts';

export type Kind = 'audio' | 'video';

// A track ends by itself only where its device is gone; one that the page stops says nothing.
export function useUnplugged(tracks: MediaStreamTrack[], gone: (kind: Kind) => void): void {
  useEffect(() => {
    const tell = (event: Event) => gone((event.currentTarget as MediaStreamTrack).kind as Kind);
    tracks.forEach((track) => track.addEventListener('ended', tell));
    return () => tracks.forEach((track) => track.removeEventListener('ended', tell));
  }, tracks.map((track) => track.id));
}

export function Unplugged(props: { kind: Kind; use: (device: string) => void }) {
  const t = teachersTexts.value;
  const [devices, setDevices] = useState<MediaDeviceInfo[]>([]);
  useEffect(() => {
    const list = () => void listDevices(props.kind === 'audio' ? 'audioinput' : 'videoinput').then(setDevices);
    list();
    navigator.mediaDevices.addEventListener('devicechange', list);
    return () => navigator.mediaDevices.removeEventListener('devicechange', list);
  }, [props.kind]);
  return (
    <div class="unplugged">
      <p class="fault" role="alert">
        {props.kind === 'audio' ? t.microphoneGone : t.cameraGone} {devices.length === 0 && t.plugAnother}
      </p>
      {devices.length > 0 && (
        <div class="bar">
          {devices.map((device) => (
            <button key={device.deviceId} type="button" onClick={() => props.use(device.deviceId)}>
              {t.useDevice(device.label)}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
