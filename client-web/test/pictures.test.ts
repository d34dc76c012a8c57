import { expect, test } from 'vitest';
import { comesStill } from '../src/lesson/rungs';
import { Assembler, readPiece } from '../src/media/pictures';

function message(more: { version?: number; slot?: number; coding?: number; id?: number; total?: number; offset?: number }, bytes: number[]): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(28 + bytes.length));
  view.setUint8(0, more.version ?? 1);
  view.setUint8(1, more.slot ?? 1);
  view.setUint8(2, more.coding ?? 0);
  view.setUint8(3, 1);
  view.setUint32(4, more.id ?? 7);
  view.setUint32(8, more.total ?? 5);
  view.setUint32(12, more.offset ?? 0);
  [960, 540, 16, 32, 64, 48].forEach((value, i) => view.setUint16(16 + 2 * i, value));
  bytes.forEach((byte, i) => view.setUint8(28 + i, byte));
  return view.buffer;
}

test('a piece is read as the server wrote it', () => {
  const piece = readPiece(message({}, [1, 2, 3]));
  expect(piece).toMatchObject({ slot: 'screen', type: 'image/avif', whole: true, id: 7, total: 5, offset: 0, canvas: { width: 960, height: 540 }, x: 16, y: 32 });
  expect([...piece!.bytes]).toEqual([1, 2, 3]);
});

test('a student who has the floor has a slot of her own', () => {
  expect(readPiece(message({ slot: 2 }, [1]))?.slot).toBe('floor');
  expect(comesStill('middle-pictures', 'floor')).toBe(true);
  expect(comesStill('all', 'floor')).toBe(false);
  expect(comesStill(undefined, 'floor')).toBe(false); // no news of a line is good news
});

test('what is no piece is passed over', () => {
  expect(readPiece(new ArrayBuffer(0))).toBeNull();
  expect(readPiece(new ArrayBuffer(28))).toBeNull();
  expect(readPiece(message({ version: 2 }, [1]))).toBeNull();
  expect(readPiece(message({ slot: 9 }, [1]))).toBeNull();
  expect(readPiece(message({ coding: 9 }, [1]))).toBeNull();
  expect(readPiece(message({ total: 2 }, [1, 2, 3]))).toBeNull();
  expect(readPiece(message({ total: 0xffffffff }, [1]))).toBeNull();
});

test('pieces make a picture; a newer one takes the place of one that was given up', () => {
  const assembler = new Assembler();
  const add = (more: Parameters<typeof message>[0], bytes: number[]) => assembler.add(readPiece(message(more, bytes))!);
  expect(add({ id: 1 }, [1, 2, 3])).toBeNull();
  expect([...add({ id: 1, offset: 3 }, [4, 5])!.data]).toEqual([1, 2, 3, 4, 5]);
  expect(add({ id: 2 }, [1, 2, 3])).toBeNull();
  expect(add({ id: 3, total: 2 }, [9])).toBeNull();
  expect(add({ id: 2, offset: 3 }, [4, 5])).toBeNull(); // of the one given up
  expect([...add({ id: 3, total: 2, offset: 1 }, [8])!.data]).toEqual([9, 8]);
  expect(add({ id: 3, total: 2, offset: 1 }, [8])).toBeNull(); // twice
});
