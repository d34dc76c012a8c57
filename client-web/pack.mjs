// Puts .br and .gz beside every text file of the build: the server sends them as they are.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

for (const name of readdirSync('dist', { recursive: true })) {
  const file = join('dist', name);
  if (!statSync(file).isFile() || !/\.(html|js|css|svg|webmanifest)$/.test(file)) continue;
  const content = readFileSync(file);
  writeFileSync(`${file}.br`, brotliCompressSync(content));
  writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
}
