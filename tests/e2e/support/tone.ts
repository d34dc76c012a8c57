// People who can be told apart by ear: each speaks in a tone of her own, in bursts as syllables are (a steady tone would
// be silence to an encoder that leaves silence out).
import type { Page } from '@playwright/test';

declare global {
  interface Window {
    volume(loudness: number): void; // of what she says, 0 … 1
    microphones: number; // how often the page asked for it
  }
}

// Before the page's own scripts: its microphone gives that tone. Null: the browser says no.
export async function speakIn(page: Page, hertz: number | null): Promise<void> {
  await page.addInitScript((tone) => {
    const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    const gains: GainNode[] = [];
    let loudness = 0.5;
    window.microphones = 0;
    window.volume = (next) => {
      loudness = next;
      for (const gain of gains) gain.gain.value = next;
    };
    navigator.mediaDevices.getUserMedia = async (wanted) => {
      if (!wanted?.audio) return real(wanted);
      ++window.microphones;
      if (tone === null) throw new DOMException('no', 'NotAllowedError');
      const context = new AudioContext();
      await context.resume();
      const voice = new OscillatorNode(context, { frequency: tone });
      const syllables = new OscillatorNode(context, { type: 'square', frequency: 4 });
      const depth = new GainNode(context, { gain: 0.5 });
      const envelope = new GainNode(context, { gain: 0.5 });
      const gain = new GainNode(context, { gain: loudness });
      gains.push(gain);
      const out = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
      syllables.connect(depth).connect(envelope.gain);
      voice.connect(envelope).connect(gain).connect(out);
      voice.start();
      syllables.start();
      return out.stream;
    };
  }, hertz);
}

// Which of the tones a page hears, whatever slot they come in: an analyser on every voice that arrives.
export async function listen(page: Page, wanted: number[]): Promise<number[]> {
  return page.evaluate(async (tones) => {
    const store = window as unknown as { ears?: Map<string, AnalyserNode>; context?: AudioContext };
    store.context ??= new AudioContext();
    store.ears ??= new Map();
    await store.context.resume();
    for (const peer of window.peers) {
      if (peer.connectionState !== 'connected') continue;
      for (const { track } of peer.getReceivers()) {
        if (track.kind !== 'audio' || store.ears.has(track.id)) continue;
        const analyser = new AnalyserNode(store.context, { fftSize: 4096, smoothingTimeConstant: 0 });
        new MediaStreamAudioSourceNode(store.context, { mediaStream: new MediaStream([track]) }).connect(analyser);
        store.ears.set(track.id, analyser);
      }
    }
    // A tone stands out of its surroundings, look after look; a click of a busy machine is as loud everywhere, once.
    const looks = 40;
    const heard = new Map<number, number>();
    const bins = new Float32Array(2048);
    for (let look = 0; look < looks; ++look) {
      await new Promise((next) => requestAnimationFrame(next));
      for (const analyser of store.ears.values()) {
        analyser.getFloatFrequencyData(bins);
        const width = store.context.sampleRate / analyser.fftSize;
        const loudest = (from: number, to: number) => Math.max(...bins.slice(Math.round(from / width), Math.round(to / width) + 1));
        for (const tone of tones) {
          const at = loudest(tone - 15, tone + 15);
          if (at > -65 && at > loudest(tone + 150, tone + 250) + 12) heard.set(tone, (heard.get(tone) ?? 0) + 1);
        }
      }
    }
    return tones.filter((tone) => (heard.get(tone) ?? 0) >= looks / 5);
}, wanted);
}
