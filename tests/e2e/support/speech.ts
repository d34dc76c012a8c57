// How well what was heard matches what was said: envelopes of 15 third-octave bands (150 Hz to 3.8 kHz, as STOI takes
// them; Taal et al., 2011) in windows of 384 ms, each correlated with the said one at its best place. Players stretch time
// to fill their buffers, so every window is looked for by itself. 1 is the same; unrelated speech is about 0.5.
const rate = 8000;
const hop = 128; // 16 ms
const frame = 256;
const bands = 15;
const window = 24; // frames, 384 ms

export interface Sound {
  rate: number;
  samples: Float32Array;
}

function resampled(sound: Sound): Float32Array {
  const step = sound.rate / rate;
  const out = new Float32Array(Math.floor(sound.samples.length / step));
  for (let i = 0; i < out.length; ++i) {
    let sum = 0;
    const [from, to] = [Math.floor(i * step), Math.max(Math.floor(i * step) + 1, Math.floor((i + 1) * step))];
    for (let k = from; k < to; ++k) sum += sound.samples[k] ?? 0;
    out[i] = sum / (to - from);
  }
  return out;
}

// Per frame the energy in each band, by a bank of Goertzel filters at three places of the band.
function envelopes(sound: Sound): Float32Array[] {
  const samples = resampled(sound);
  const all: Float32Array[] = [];
  for (let at = 0; at + frame <= samples.length; at += hop) {
    const row = new Float32Array(bands);
    for (let band = 0; band < bands; ++band) {
      const centre = 150 * 2 ** (band / 3);
      for (const around of [0.93, 1, 1.07]) {
        const turn = 2 * Math.cos((2 * Math.PI * centre * around) / rate);
        let [one, two] = [0, 0];
        for (let i = 0; i < frame; ++i) [one, two] = [samples[at + i]! + turn * one - two, one];
        row[band]! += one * one + two * two - turn * one * two;
      }
      row[band] = Math.sqrt(Math.max(0, row[band]!));
    }
    all.push(row);
  }
  return all;
}

function correlation(a: Float32Array[], at: number, b: Float32Array[], bt: number): number {
  let total = 0;
  for (let band = 0; band < bands; ++band) {
    let [sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0];
    for (let i = 0; i < window; ++i) {
      const [x, y] = [a[at + i]![band]!, b[bt + i]![band]!];
      sa += x;
      sb += y;
      saa += x * x;
      sbb += y * y;
      sab += x * y;
    }
    const spread = Math.sqrt(Math.max(1e-12, (saa - (sa * sa) / window) * (sbb - (sb * sb) / window)));
    total += (sab - (sa * sb) / window) / spread;
  }
  return total / bands;
}

// Of the windows in which something was said: the mean of the best correlations.
export function understood(said: Sound, heard: Sound): number {
  const [reference, recording] = [envelopes(said), envelopes(heard)];
  const loud = (rows: Float32Array[], at: number) => rows.slice(at, at + window).reduce((sum, row) => sum + row.reduce((s, v) => s + v, 0), 0);
  const loudest = Math.max(...Array.from({ length: Math.max(1, reference.length - window) }, (_, i) => loud(reference, i)));
  const scores: number[] = [];
  for (let at = 0; at + window <= recording.length; at += window) {
    let best = 0;
    for (let bt = 0; bt + window <= reference.length; ++bt) {
      if (loud(reference, bt) < loudest / 8) continue;
      best = Math.max(best, correlation(recording, at, reference, bt));
    }
    scores.push(best);
  }
  return scores.reduce((sum, score) => sum + score, 0) / Math.max(1, scores.length);
}

// RIFF WAVE, 16 bit, one channel: what espeak-ng writes.
export function readWav(bytes: Buffer): Sound {
  let at = 12;
  while (bytes.toString('latin1', at, at + 4) !== 'data') at += 8 + bytes.readUInt32LE(at + 4);
  const length = Math.min(bytes.readUInt32LE(at + 4), bytes.length - at - 8) >> 1;
  const samples = Float32Array.from({ length }, (_, i) => bytes.readInt16LE(at + 8 + 2 * i) / 32768);
  return { rate: bytes.readUInt32LE(24), samples };
}
