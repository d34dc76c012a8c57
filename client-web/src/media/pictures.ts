// Still pictures in place of moving ones, as they come in pieces over the WebSocket (server/lesson/picture_desk.hpp tells
// the bytes). A board per slot: a whole picture begins it anew, a rectangle is laid over it. No DOM but the canvas given.

export const slots = ['camera', 'screen', 'floor'] as const;
export type Slot = (typeof slots)[number];

export interface Piece {
  slot: Slot;
  type: 'image/avif' | 'image/webp';
  whole: boolean;
  id: number;
  total: number;
  offset: number;
  canvas: { width: number; height: number };
  x: number;
  y: number;
  bytes: Uint8Array;
}

const header = 28;
const largest = 4_000_000; // bytes of a picture: no slide is near it

// Null for what is no piece that we know.
export function readPiece(message: ArrayBuffer): Piece | null {
  if (message.byteLength <= header) return null;
  const view = new DataView(message);
  const slot = slots[view.getUint8(1)];
  const type = (['image/avif', 'image/webp'] as const)[view.getUint8(2)];
  if (view.getUint8(0) !== 1 || !slot || !type) return null;
  const bytes = new Uint8Array(message, header);
  const [total, offset] = [view.getUint32(8), view.getUint32(12)];
  if (total > largest || offset + bytes.length > total) return null;
  return {
    slot,
    type,
    whole: (view.getUint8(3) & 1) !== 0,
    id: view.getUint32(4),
    total,
    offset,
    canvas: { width: view.getUint16(16), height: view.getUint16(18) },
    x: view.getUint16(20),
    y: view.getUint16(22),
    bytes,
  };
}

export interface Ready {
  piece: Piece; // its last
  data: Uint8Array<ArrayBuffer>;
}

// Puts pieces together: they come in order; one that does not continue what is held begins anew or is passed over.
export class Assembler {
  private id = -1;
  private filled = 0;
  private data = new Uint8Array(0);

  add(piece: Piece): Ready | null {
    if (piece.offset === 0) {
      this.id = piece.id;
      this.filled = 0;
      this.data = new Uint8Array(piece.total);
    }
    if (piece.id !== this.id || piece.offset !== this.filled || piece.total !== this.data.length) return null;
    this.data.set(piece.bytes, piece.offset);
    this.filled += piece.bytes.length;
    if (this.filled < piece.total) return null;
    this.id = -1;
    return { piece, data: this.data };
  }
}

export class PictureBoard {
  bytes = 0; // heard of so far, as a student pays for them
  at = 0; // when the last picture was complete, as performance.now() tells
  private readonly assemblers = { camera: new Assembler(), screen: new Assembler(), floor: new Assembler() };
  private readonly canvases: Partial<Record<Slot, HTMLCanvasElement>> = {};
  private readonly kept: Record<Slot, Ready[]> = { camera: [], screen: [], floor: [] }; // for a canvas that comes later
  private drawn: Promise<void> = Promise.resolve();

  constructor(private readonly changed: (slot: Slot) => void) {}

  hear(message: ArrayBuffer): void {
    this.bytes += message.byteLength;
    const piece = readPiece(message);
    const ready = piece && this.assemblers[piece.slot].add(piece);
    if (!ready) return;
    this.at = performance.now();
    const { slot } = ready.piece;
    if (ready.piece.whole) this.kept[slot] = [];
    this.kept[slot].push(ready);
    this.draw(slot, ready);
    this.changed(slot);
  }

  has(slot: Slot): boolean {
    return this.kept[slot].length > 0;
  }

  clear(slot: Slot): void {
    this.kept[slot] = [];
  }

  show(slot: Slot, canvas: HTMLCanvasElement | null): void {
    if (!canvas || this.canvases[slot] === canvas) return;
    this.canvases[slot] = canvas;
    for (const ready of this.kept[slot]) this.draw(slot, ready);
  }

  // One after the other: a rectangle must not be laid under what it changes.
  private draw(slot: Slot, { piece, data }: Ready): void {
    this.drawn = this.drawn
      .then(() => createImageBitmap(new Blob([data], { type: piece.type })))
      .then((bitmap) => {
        const canvas = this.canvases[slot];
        if (!canvas) return;
        if (canvas.width !== piece.canvas.width || canvas.height !== piece.canvas.height) {
          canvas.width = piece.canvas.width;
          canvas.height = piece.canvas.height;
        }
        canvas.getContext('2d')?.drawImage(bitmap, piece.x, piece.y);
        bitmap.close();
      })
      .catch(() => undefined); // a coding that this browser does not know: the next picture may be of the other
  }
}
