// The encodings that a camera is sent in: thin lines take a small one as it comes, so that the server need not make it.
// No DOM.

// Rids say which is the larger: l, m, h. Heights and bit/s of the rungs below the camera's own.
const small = { rid: 'l', height: 144, maxBitrate: 45_000, maxFramerate: 10 };
const middle = { rid: 'm', height: 270, maxBitrate: 180_000 };
export const largeBitrate = 600_000; // a class pays for what its teacher sends

interface Encoding extends RTCRtpEncodingParameters {
  scalabilityMode?: string;
}

// For a camera of that many lines, the smallest first. The smallest in three temporal layers: its base alone is a picture
// of two or three frames a second, for 20 kbit/s.
export function cameraEncodings(height: number): Encoding[] {
  const scaled = (layer: { rid: string; height: number; maxBitrate: number; maxFramerate?: number }): Encoding => {
    const { height: lines, ...rest } = layer;
    return { ...rest, scaleResolutionDownBy: height / lines };
  };
  const large: Encoding = { rid: 'h', maxBitrate: largeBitrate, scaleResolutionDownBy: 1 };
  if (height < 1.5 * small.height) return [{ maxBitrate: largeBitrate }];
  const base = { ...scaled(small), scalabilityMode: 'L1T3' };
  return height < 1.25 * middle.height ? [base, large] : [base, scaled(middle), large];
}

const restAfterMs = 10_000; // a student whose line wavers takes a layer and leaves it

// Lets those layers rest that nobody needs: after a while; one that is needed again runs at once.
export class Layers {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly sender: () => RTCRtpSender | undefined) {}

  need(rids: readonly string[]): void {
    clearTimeout(this.timer);
    this.run((rid, active) => active || rids.includes(rid));
    this.timer = setTimeout(() => this.run((rid) => rids.includes(rid)), restAfterMs);
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private run(wanted: (rid: string, active: boolean) => boolean): void {
    const sender = this.sender();
    if (!sender) return;
    const parameters = sender.getParameters();
    const before = parameters.encodings.map((one) => one.active);
    for (const one of parameters.encodings) if (one.rid) one.active = wanted(one.rid, one.active ?? true);
    if (parameters.encodings.every((one, at) => one.active === before[at])) return;
    sender.setParameters(parameters).catch(() => undefined); // the session is over
  }
}
