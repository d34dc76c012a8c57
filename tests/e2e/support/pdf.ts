// A PDF of slides as small as it can be: a heading and some lines on each (ISO 32000-1 section 7.5), and a picture where
// there is one.
import { deflateSync } from 'node:zlib';

export interface Picture {
  width: number;
  height: number;
  rgb: Buffer;
}

export function makePdf(headings: string[], pictureOf: (at: number) => Picture | undefined = () => undefined): Buffer {
  const objects = ['', '', '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>'];
  const kids: string[] = [];
  headings.forEach((heading, at) => {
    const lines = ['A wave carries energy, not matter.', 'Its speed is its length times its frequency.', 'v = f x lambda'];
    const content = [
      '1 0.99 0.96 rg 0 0 960 540 re f',
      '0.04 0.36 0.68 rg 0 520 960 20 re f',
      `0.11 0.14 0.17 rg BT /F1 54 Tf 60 420 Td (${heading}) Tj ET`,
      ...lines.map((line, row) => `BT /F1 30 Tf 60 ${330 - row * 60} Td (${line}) Tj ET`),
      `0.7 0.15 0.12 RG 4 w 560 90 m ${620 + at * 20} 190 660 190 700 90 c 740 0 780 0 820 90 c S`,
    ];
    const picture = pictureOf(at);
    if (picture) content.push('q 400 0 0 300 520 60 cm /I1 Do Q');
    const drawn = content.join('\n');
    const inside = picture ? `/XObject << /I1 ${objects.length + 3} 0 R >>` : '';
    kids.push(`${objects.length + 1} 0 R`);
    objects.push(`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 960 540] /Resources << /Font << /F1 3 0 R >> ${inside} >> /Contents ${objects.length + 2} 0 R >>`);
    objects.push(`<< /Length ${drawn.length} >>\nstream\n${drawn}\nendstream`);
    if (!picture) return;
    const packed = deflateSync(picture.rgb).toString('latin1');
    const image = `/Type /XObject /Subtype /Image /Width ${picture.width} /Height ${picture.height} /ColorSpace /DeviceRGB /BitsPerComponent 8`;
    objects.push(`<< ${image} /Filter /FlateDecode /Length ${packed.length} >>\nstream\n${packed}\nendstream`);
  });
  objects[0] = '<< /Type /Catalog /Pages 2 0 R >>';
  objects[1] = `<< /Type /Pages /Kids [${kids.join(' ')}] /Count ${headings.length} >>`;
  let pdf = '%PDF-1.4\n';
  let table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`;
  objects.forEach((object, at) => {
    table += `${String(pdf.length).padStart(10, '0')} 00000 n \n`;
    pdf += `${at + 1} 0 obj\n${object}\nendobj\n`;
  });
  return Buffer.from(`${pdf}${table}trailer << /Root 1 0 R /Size ${objects.length + 1} >>\nstartxref\n${pdf.length}\n%%EOF\n`, 'latin1');
}
