// Camera, microphone, screen. A refusal is a value, not an exception. No DOM.
export type Refusal = 'not-allowed' | 'not-found' | 'in-use' | 'not-supported';
export type Captured = { stream: MediaStream } | { refusal: Refusal };

function refusalOf(fault: unknown): Refusal {
  const name = fault instanceof DOMException ? fault.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'not-allowed';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'not-found';
  return name === 'NotReadableError' || name === 'AbortError' ? 'in-use' : 'not-supported';
}

export interface Choice {
  camera: string | null; // device id; null: none wanted
  microphone: string | null;
}

const remembered = 'thranio.devices';

export function rememberedChoice(): Choice {
  try {
    const value = JSON.parse(localStorage.getItem(remembered) ?? '') as Partial<Choice>;
    return { camera: value.camera === undefined ? '' : value.camera, microphone: value.microphone ?? '' };
  } catch {
    return { camera: '', microphone: '' };
  }
}

export function remember(choice: Choice): void {
  try {
    localStorage.setItem(remembered, JSON.stringify(choice));
  } catch {
    // Private browsing: the choice lasts as long as the page.
  }
}

// An empty id takes the browser's default; a device that is gone falls back to it.
export async function capture(choice: Choice): Promise<Captured> {
  if (!navigator.mediaDevices) return { refusal: 'not-supported' };
  const device = (id: string) => (id ? { deviceId: { ideal: id } } : {});
  const video =
    choice.camera === null
      ? false
      : { ...device(choice.camera), width: { ideal: 960 }, height: { ideal: 540 }, frameRate: { ideal: 25, max: 30 } };
  const audio =
    choice.microphone === null
      ? false
      : { ...device(choice.microphone), echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  try {
    return { stream: await navigator.mediaDevices.getUserMedia({ video, audio }) };
  } catch (fault) {
    return { refusal: refusalOf(fault) };
  }
}

export async function captureScreen(): Promise<Captured> {
  if (!navigator.mediaDevices?.getDisplayMedia) return { refusal: 'not-supported' };
  try {
    return {
      stream: await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: 10, max: 15 } }, audio: true }),
    };
  } catch (fault) {
    return { refusal: refusalOf(fault) };
  }
}

export async function listDevices(kind: 'audioinput' | 'videoinput'): Promise<MediaDeviceInfo[]> {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return all.filter((device) => device.kind === kind && device.deviceId !== '');
}
