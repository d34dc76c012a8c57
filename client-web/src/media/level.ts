// How loud a stream is, ten times a second, 0 … 1. No DOM.
const lookMs = 100;
const quietestDb = -60;

function levelOf(analyser: AnalyserNode, samples: Float32Array<ArrayBuffer>): number {
  analyser.getFloatTimeDomainData(samples);
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  const db = 10 * Math.log10(power + 1e-12);
  return Math.min(1, Math.max(0, 1 - db / quietestDb));
}

// The same of several, when it is asked for.
export class AudioMeter {
  private readonly context = new AudioContext();
  private readonly samples = new Float32Array(1024);
  private readonly analysers: AnalyserNode[];

  constructor(streams: MediaStream[]) {
    this.analysers = streams.map((stream) => {
      const analyser = this.context.createAnalyser();
      analyser.fftSize = this.samples.length;
      this.context.createMediaStreamSource(stream).connect(analyser);
      return analyser;
    });
  }

  level(which: number): number {
    if (this.context.state === 'suspended') void this.context.resume();
    const analyser = this.analysers[which];
    return analyser ? levelOf(analyser, this.samples) : 0;
  }

  close(): void {
    void this.context.close();
  }
}

export function watchLevel(stream: MediaStream, told: (level: number) => void): () => void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    if (context.state === 'suspended') void context.resume();
    told(levelOf(analyser, samples));
  }, lookMs);
  return () => {
    clearInterval(timer);
    void context.close();
  };
}
