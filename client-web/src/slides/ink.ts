// Strokes: from a finger's way to as few numbers as keep its shape, and from the numbers to a canvas.
import type { Stroke } from '../api/server-messages.gen';

export const units = 4095; // the page's right and lower edge
export const mostPoints = 512; // schema/messages, Draw
export const colours = ['#1d232b', '#b3261e', '#0b5cad', '#1a7a3c', '#c25700', '#ffffff'] as const;
export type Tool = Stroke['tool'];
export type Line = [number, number][];
export type Drawn = Pick<Stroke, 'tool' | 'colour' | 'width' | 'points' | 'text'>;

const tolerance = 5; // units: a pixel of a page that is 800 wide

// Ramer, Douglas, Peucker: leaves out what lies near the line between what is kept.
export function simplify(line: Line): Line {
  const keep = new Set([0, line.length - 1]);
  const parts: [number, number][] = [[0, line.length - 1]];
  for (let part = parts.pop(); part; part = parts.pop()) {
    const [from, to] = part;
    let farthest = 0;
    let most = tolerance;
    for (let at = from + 1; at < to; ++at) {
      const distance = distanceTo(line[at]!, line[from]!, line[to]!);
      if (distance > most) [farthest, most] = [at, distance];
    }
    if (farthest === 0) continue;
    keep.add(farthest);
    parts.push([from, farthest], [farthest, to]);
  }
  return line.filter((_, at) => keep.has(at));
}

function distanceTo(point: [number, number], from: [number, number], to: [number, number]): number {
  const [x, y] = [to[0] - from[0], to[1] - from[1]];
  const length = x * x + y * y;
  const along = length === 0 ? 0 : Math.max(0, Math.min(1, ((point[0] - from[0]) * x + (point[1] - from[1]) * y) / length));
  return Math.hypot(point[0] - from[0] - along * x, point[1] - from[1] - along * y);
}

// The first point, then ways.
export function encode(line: Line): number[] {
  let last: [number, number] = [0, 0];
  return line.flatMap((point) => {
    const way = [point[0] - last[0], point[1] - last[1]];
    last = point;
    return way;
  });
}

export function decode(points: number[]): Line {
  const line: Line = [];
  let [x, y] = [0, 0];
  for (let at = 0; at + 1 < points.length; at += 2) {
    x += points[at]!;
    y += points[at + 1]!;
    line.push([x, y]);
  }
  return line;
}

// Draws one stroke on a canvas that is the whole page.
export function paint(context: CanvasRenderingContext2D, stroke: Drawn, width: number, height: number): void {
  const line = decode(stroke.points).map(([x, y]): [number, number] => [(x / units) * width, (y / units) * height]);
  const [from, to] = [line[0], line.at(-1)];
  if (!from || !to) return;
  const thick = Math.max(1, (stroke.width / units) * width);
  context.save();
  context.strokeStyle = context.fillStyle = colours[stroke.colour] ?? colours[0];
  context.lineWidth = thick;
  context.lineCap = context.lineJoin = 'round';
  context.beginPath();
  switch (stroke.tool) {
    case 'text':
      paintText(context, stroke.text ?? '', from, thick);
      break;
    case 'rectangle':
      context.strokeRect(Math.min(from[0], to[0]), Math.min(from[1], to[1]), Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1]));
      break;
    case 'ellipse':
      context.ellipse((from[0] + to[0]) / 2, (from[1] + to[1]) / 2, Math.abs(to[0] - from[0]) / 2, Math.abs(to[1] - from[1]) / 2, 0, 0, 2 * Math.PI);
      context.stroke();
      break;
    case 'arrow':
      paintHead(context, from, to, thick);
      paintLine(context, line);
      break;
    case 'highlighter':
      context.globalAlpha = 0.35;
      paintLine(context, line);
      break;
    default:
      paintLine(context, line);
  }
  context.restore();
}

function paintLine(context: CanvasRenderingContext2D, line: Line): void {
  context.moveTo(...line[0]!);
  if (line.length === 1) context.lineTo(...line[0]!); // a dot
  for (const point of line.slice(1)) context.lineTo(...point);
  context.stroke();
}

function paintHead(context: CanvasRenderingContext2D, from: [number, number], to: [number, number], thick: number): void {
  const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
  const size = thick * 4;
  for (const side of [-0.45, 0.45]) {
    context.moveTo(to[0] - size * Math.cos(angle + side), to[1] - size * Math.sin(angle + side));
    context.lineTo(...to);
  }
}

// The width of a text's stroke says how large its letters are.
export const lettersPerWidth = 5;
function paintText(context: CanvasRenderingContext2D, text: string, at: [number, number], thick: number): void {
  const size = thick * lettersPerWidth;
  context.font = `600 ${size}px system-ui, sans-serif`;
  context.textBaseline = 'top';
  text.split('\n').forEach((words, row) => context.fillText(words, at[0], at[1] + row * size * 1.25));
}
