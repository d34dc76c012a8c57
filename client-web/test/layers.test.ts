import { expect, it, vi } from 'vitest';
import { Layers, scalableEncoding, scalableNeed } from '../src/media/layers';

// A sender of one stream in layers, as Chromium keeps its parameters.
function sender(height: number) {
  let encodings: RTCRtpEncodingParameters[] = [{ active: true, ...scalableEncoding(height) }];
  const made = {
    track: { getSettings: () => ({ height }) },
    getParameters: () => ({ encodings: structuredClone(encodings) }),
    setParameters: vi.fn((parameters: RTCRtpSendParameters) => {
      encodings = parameters.encodings;
      return Promise.resolve();
    }),
    sent: () => {
      const { active, scalabilityMode, scaleResolutionDownBy } = encodings[0] as RTCRtpEncodingParameters & { scalabilityMode: string };
      return active ? `${scalabilityMode}/${scaleResolutionDownBy}` : 'nothing';
    },
  };
  return made;
}

it('a camera has as many layers as its lines give, each half of the next', () => {
  expect(scalableEncoding(540)).toMatchObject({ scalabilityMode: 'L3T3_KEY', scaleResolutionDownBy: 1, maxBitrate: 825_000 });
  expect(scalableEncoding(288)).toMatchObject({ scalabilityMode: 'L2T3_KEY', scaleResolutionDownBy: 1 });
  expect(scalableEncoding(144)).toMatchObject({ scalabilityMode: 'L1T3', scaleResolutionDownBy: 1 });
  expect(scalableEncoding(540, 1)).toMatchObject({ scalabilityMode: 'L1T3', scaleResolutionDownBy: 4 });
});

it('of the sizes that somebody needs the largest says how many layers', () => {
  const needed = (height: number) => [[], ['l'], ['l', 'm'], ['h']].map((sizes) => scalableNeed(height, sizes));
  expect(needed(540)).toEqual([0, 1, 2, 3]);
  expect(needed(288)).toEqual([0, 1, 1, 2]);
  expect(needed(144)).toEqual([0, 1, 1, 1]);
});

it('layers rest after a while, and come back at once', () => {
  vi.useFakeTimers();
  const camera = sender(540);
  // A page that hears of layers anew begins anew: what rests is told by the parameters alone.
  const need = (sizes: string[]) => new Layers(() => camera as unknown as RTCRtpSender).need(sizes);
  need(['l']);
  expect(camera.setParameters).not.toHaveBeenCalled();
  vi.advanceTimersByTime(10_000);
  expect(camera.sent()).toBe('L1T3/4');
  need(['l']);
  expect(camera.sent()).toBe('L1T3/4');
  need(['m']);
  expect(camera.sent()).toBe('L2T3_KEY/2');
  vi.advanceTimersByTime(10_000);
  need([]);
  vi.advanceTimersByTime(10_000);
  expect(camera.sent()).toBe('nothing');
  need(['h', 'l']);
  expect(camera.sent()).toBe('L3T3_KEY/1');
  vi.useRealTimers();
});
