// A teacher's devices, drawn: a face that moves a little in place of the browser's test picture, and a screen that shows
// what window.drawScreen draws. Runs in the page, before its own scripts.
declare global {
  interface Window {
    screenCanvas: HTMLCanvasElement;
    drawScreen: (() => void) | undefined;
  }
}

export function drawnDevices(): void {
  const [face, screen] = [document.createElement('canvas'), document.createElement('canvas')];
  [face.width, face.height, screen.width, screen.height] = [640, 360, 1280, 720];
  window.screenCanvas = screen;
  setInterval(() => {
    const context = face.getContext('2d')!;
    context.fillStyle = '#345';
    context.fillRect(0, 0, 640, 360);
    context.fillStyle = '#e8b890';
    context.beginPath();
    context.ellipse(320 + 20 * Math.sin(Date.now() / 900), 190, 90, 120 + 4 * Math.sin(Date.now() / 130), 0, 0, 7);
    context.fill();
    window.drawScreen?.(); // a canvas that nobody draws on sends nothing
  }, 50);
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await real(wanted);
    return wanted?.video ? new MediaStream([...stream.getAudioTracks(), ...face.captureStream(20).getVideoTracks()]) : stream;
  };
  navigator.mediaDevices.getDisplayMedia = async () => screen.captureStream(5);
}
