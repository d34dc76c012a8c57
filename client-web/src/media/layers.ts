// The encodings that a camera is sent in: thin lines take a small one as it comes, so that the server need not make it.
// No DOM.

// Rids say which is the larger: l, m, h. Heights and bit/s of the rungs below the camera's own.
const small = { rid: 'l', height: 144, maxBitrate: 45_000, maxFramerate: 10 };
const middle = { rid: 'm', height: 270, maxBitrate: 180_000 };
export const largeBitrate = 600_000; // a class pays for what its teacher sends

interface Encoding extends RTCRtpEncodingParameters {
  scalabilityMode?: string;
}

// For a camera of that many lines in VP8 or AV1, the smallest first. The smallest in three temporal layers: its base alone
// is a picture of two or three frames a second, for 20 kbit/s.
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

// One stream of as many spatial layers as a camera of that many lines gives, each half of the next; one that no other
// needs is sent without the others at its own bit/s. Each in three temporal layers. _KEY: but for key frames the layers do
// not lean on each other, so that a line carries one of them alone.
// What three encodings take together: of much less Chromium leaves out the largest layer (of 540 lines from 624 kbit/s on).
const scalableBitrate = 825_000;
const scalable: Encoding[] = [
  { scalabilityMode: 'L1T3', maxBitrate: 60_000, maxFramerate: 15 },
  { scalabilityMode: 'L2T3_KEY', maxBitrate: 250_000, maxFramerate: 30 },
  { scalabilityMode: 'L3T3_KEY', maxBitrate: scalableBitrate, maxFramerate: 30 },
];

function layersOf(height: number): number {
  return height < 1.5 * small.height ? 1 : height < 1.25 * middle.height ? 2 : 3;
}

export function scalableEncoding(height: number, upto = layersOf(height)): Encoding {
  const whole = layersOf(height);
  const full = upto === whole ? { maxBitrate: scalableBitrate, maxFramerate: 30 } : {};
  return { ...scalable[upto - 1]!, ...full, scaleResolutionDownBy: 2 ** (whole - upto) };
}

// How many of them somebody needs, who asks for sizes: l, m, h.
export function scalableNeed(height: number, sizes: readonly string[]): number {
  const whole = layersOf(height);
  if (sizes.includes('h')) return whole;
  return sizes.includes('m') ? Math.max(1, whole - 1) : Math.min(1, sizes.length);
}

// VP9's layers are one stream, as the server takes it apart by the descriptor in each packet; AV1's are three encodings,
// as VP8's: a browser shows several in one stream only with a descriptor of its own in every student's packets.
export function scalesOneStream(codec: string): boolean {
  return codec === 'vp9';
}

// Whether this browser publishes a camera in layers of that codec. One that does not know layers passes over the wish.
export function canPublish(codec: string): boolean {
  const known = RTCRtpSender.getCapabilities('video')?.codecs.some((one) => one.mimeType.toLowerCase() === `video/${codec}`) ?? false;
  if (!known || !scalesOneStream(codec)) return known;
  const peer = new RTCPeerConnection();
  try {
    const { sender } = peer.addTransceiver('video', { direction: 'sendonly', sendEncodings: [scalableEncoding(540)] });
    return (sender.getParameters().encodings[0] as Encoding | undefined)?.scalabilityMode === scalableEncoding(540).scalabilityMode;
  } catch {
    return false;
  } finally {
    peer.close();
  }
}

const restAfterMs = 10_000; // a student whose line wavers takes a layer and leaves it

// Lets those layers rest that nobody needs: after a while; one that is needed again runs at once.
export class Layers {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly sender: () => RTCRtpSender | undefined) {}

  need(rids: readonly string[]): void {
    clearTimeout(this.timer);
    this.run(rids, false);
    this.timer = setTimeout(() => this.run(rids, true), restAfterMs);
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private run(rids: readonly string[], rest: boolean): void {
    const sender = this.sender();
    if (!sender) return;
    const parameters = sender.getParameters();
    const before = JSON.stringify(parameters.encodings);
    const one: Encoding | undefined = parameters.encodings[0];
    if (one?.scalabilityMode && !one.rid) scale(one, sender.track?.getSettings().height ?? 540, rids, rest);
    else for (const each of parameters.encodings) if (each.rid) each.active = rids.includes(each.rid) || (!rest && (each.active ?? true));
    if (JSON.stringify(parameters.encodings) === before) return;
    sender.setParameters(parameters).catch(() => undefined); // the session is over
  }
}

function scale(one: Encoding, height: number, sizes: readonly string[], rest: boolean): void {
  const needed = scalableNeed(height, sizes);
  const sent = one.active === false ? 0 : Number(one.scalabilityMode?.[1]);
  const layers = rest ? needed : Math.max(needed, sent);
  one.active = layers > 0;
  if (one.active) Object.assign(one, scalableEncoding(height, layers));
}
