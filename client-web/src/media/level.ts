// How loud a stream is, ten times a second, 0 … 1. No DOM.
const lookMs = 100;
const quietestDb = -60;

export function watchLevel(stream: MediaStream, told: (level: number) => void): () => void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    if (context.state === 'suspended') void context.resume();
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    const db = 10 * Math.log10(power + 1e-12);
    told(Math.min(1, Math.max(0, 1 - db / quietestDb)));
  }, lookMs);
  return () => {
    clearInterval(timer);
    void context.close();
  };
}
